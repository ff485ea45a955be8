"""Words that say how, not what: stop words; and British spellings with the American ones.

Lists only, in normalised spelling. :mod:`soutui.text.analyse` decides what is done with them.
"""

from __future__ import annotations

_ENGLISH = """
a an the this that these those such some any each every either neither both all
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself
she her hers herself it its itself they them their theirs themselves one ones
who whom whose which what when where why how whether
is am are was were be been being do does did doing done have has had having
can could may might must shall should will would ought
im ive ill id youre youve youll youd hes shes its were weve well wed theyre theyve theyll theyd
isnt arent wasnt werent dont doesnt didnt hasnt havent hadnt cant couldnt wont wouldnt shouldnt
and or but nor so if then else than because while although though as
of in on at by for from to into onto with within about between among through during before after against
upon via per
not no there here also very too just only more most much many few other another same own again ever
s t
"""

_CHINESE = """
的 了 着 地 得 之 是 在 有 和 与 及 或 而 且 但 但是 也 都 就 还 又 再 很 更 最 把 被 让 给 对 对于 关于 从 向 到 于 以
因 因为 所以 如果 那么 这 那 这个 那个 这些 那些 这里 那里 哪 哪个 哪些 哪里 此 其 某 每 各 个 些 吗 呢 吧 啊 呀 嘛 哦
喔 么 我 你 您 他 她 它 我们 你们 您们 他们 她们 它们 自己 什么 怎么 怎样 怎么样 如何 为何 为什么 是否 能否 可否 多少
请 请问 想 要 会 能 可以 可 应该 需要 并
"""

ENGLISH_STOP_WORDS = frozenset(_ENGLISH.split())
CHINESE_STOP_WORDS = frozenset(_CHINESE.split())

# British spelling, slash, American spelling; an ending in brackets comes with both.
_BRITISH = """
colour/color(s,ed,ful,ing,less,fast) multicolour/multicolor(s,ed) flavour/flavor(s,ed,ing,ful)
favour/favor(s,ed,ite,ites) honour/honor(s,ed,able) labour/labor(s,ed) neighbour/neighbor(s,hood,hoods) humour/humor
rumour/rumor(s) odour/odor(s,less) vapour/vapor(s) armour/armor(ed,s) behaviour/behavior(s,al) harbour/harbor(s)
parlour/parlor(s) savour/savor(s,y) saviour/savior(s) tumour/tumor(s) vigour/vigor glamour/glamor
endeavour/endeavor(s) discolour/discolor(ed,s) centre/center(s,d,piece,pieces) fibre/fiber(s,glass) theatre/theater(s)
litre/liter(s) metre/meter(s) calibre/caliber(s) sabre/saber(s) sombre/somber spectre/specter(s) lustre/luster
meagre/meager sceptre/scepter(s) microfibre/microfiber(s) jewellery/jewelry jeweller/jeweler(s) traveller/traveler(s)
travelling/traveling travelled/traveled modelling/modeling modelled/modeled labelled/labeled labelling/labeling
labeller/labeler(s) cancelled/canceled cancelling/canceling fuelled/fueled fuelling/fueling signalling/signaling
woollen/woolen(s) marvellous/marvelous counsellor/counselor(s) counselling/counseling dialling/dialing enrol/enroll(s)
enrolment/enrollment(s) fulfil/fulfill(s) fulfilment/fulfillment skilful/skillful instalment/installment(s)
wilful/willful levelled/leveled levelling/leveling panelled/paneled channelled/channeled chiselled/chiseled
quarrelled/quarreled tunnelling/tunneling grovelling/groveling anaemia/anemia anaemic/anemic anaesthetic/anesthetic(s)
anaesthesia/anesthesia encyclopaedia/encyclopedia(s) paediatric/pediatric(s) gynaecology/gynecology
orthopaedic/orthopedic(s) oestrogen/estrogen diarrhoea/diarrhea foetus/fetus foetal/fetal haemoglobin/hemoglobin
haemorrhage/hemorrhage leukaemia/leukemia oesophagus/esophagus caesarean/cesarean archaeology/archeology
palaeolithic/paleolithic catalogue/catalog(s) dialogue/dialog(s) analogue/analog(s) cataloguing/cataloging
catalogued/cataloged defence/defense(s) licence/license(s,d) offence/offense(s) pretence/pretense aluminium/aluminum
grey/gray(s,ish) greyscale/grayscale tyre/tire(s) mould/mold(s,ed,ing,y) moult/molt plough/plow(s,ed,ing)
pyjama/pajama(s) sceptic/skeptic(s,al,ism) kerb/curb(s) programme/program(s) whisky/whiskey yoghurt/yogurt(s)
cosy/cozy doughnut/donut(s) mum/mom(s,my) moustache/mustache(s) manoeuvre/maneuver(s) sulphur/sulfur
sulphate/sulfate(s) artefact/artifact(s) aeroplane/airplane(s) axe/ax smoulder/smolder(ing) speciality/specialty
specialities/specialties carburettor/carburetor(s) chequered/checkered ageing/aging acknowledgement/acknowledgment(s)
judgement/judgment(s) neighbouring/neighboring likeable/likable sizeable/sizable storey/story storeys/stories
behove/behoove analyse/analyze(s,d,r,rs) analysing/analyzing paralyse/paralyze(s,d) catalyse/catalyze(s,d)
dialyse/dialyze(d)
"""

# Verbs written -ise in Britain and -ize in America, without that ending.
_VERBS = """
accessor agon american apolog author brutal capital categor character civil colon commercial computer critic crystall
custom dehumid digit econom energ emphas equal familiar fertil final formal fossil galvan general harmon homogen
hospital human humid hypnot ideal immobil immun industrial initial ion item legal liberal local magnet maxim mechan
memor mesmer minim mobil modern moistur monopol motor national neutral normal optim organ oxid pasteur patron penal
personal plagiar polar popular pressur priorit privat public pulver random rational real recogn revolution sanit
scrutin serial social special stabil standard steril stigmat styl subsid summar symbol sympath synchron synthes system
tender terror theor tranquill traumat unauthor unrecogn util vandal vapor verbal victim visual vital vocal western
winter
"""


def _american() -> dict[str, str]:
    pairs: dict[str, str] = {}
    for entry in _BRITISH.split():
        both, _, endings = entry.rstrip(")").partition("(")
        british, american = both.split("/")
        for ending in ("", *filter(None, endings.split(","))):
            pairs[_ended(british, ending)] = _ended(american, ending)
    for verb in _VERBS.split():
        for ending in ("e", "es", "ed", "ing", "er", "ers", "ation", "ations", "able"):
            pairs[f"{verb}is{ending}"] = f"{verb}iz{ending}"
    return pairs


def _ended(word: str, ending: str) -> str:
    return word[:-1] + ending if word[-1] == "e" and ending[:1] == "i" else word + ending


#: British spelling -> American spelling, of words that are the same otherwise.
AMERICAN: dict[str, str] = _american()
