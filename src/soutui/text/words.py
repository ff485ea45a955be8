"""Words that say how, not what: stop words; and units of measure with their spellings.

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

#: Spelling of a unit -> the one spelling that is indexed. Only after a number.
UNITS: dict[str, str] = {
    spelling: unit
    for unit, spellings in {
        "ml": "ml millilitre millilitres milliliter milliliters 毫升",
        "cl": "cl centilitre centilitres centiliter centiliters",
        "l": "l ltr litre litres liter liters 公升 升",
        "mg": "mg milligram milligrams 毫克",
        "g": "g gr gram grams gramme grammes 克",
        "kg": "kg kgs kilo kilos kilogram kilograms 公斤 千克",
        "lb": "lb lbs pound pounds 磅",
        "oz": "oz ounce ounces 盎司",
        "mm": "mm millimetre millimetres millimeter millimeters 毫米",
        "cm": "cm centimetre centimetres centimeter centimeters 厘米 公分",
        "m": "m metre metres meter meters 米 公尺",
        "km": "km kilometre kilometres kilometer kilometers 公里 千米",
        "inch": "inch inches in \" '' 英寸 吋 寸",
        "ft": "ft foot feet 英尺 呎",
        "yd": "yd yds yard yards",
        "mb": "mb",
        "gb": "gb",
        "tb": "tb",
        "hz": "hz hertz 赫兹",
        "khz": "khz",
        "mhz": "mhz",
        "ghz": "ghz",
        "w": "w watt watts 瓦",
        "kw": "kw kilowatt kilowatts 千瓦",
        "v": "v volt volts 伏",
        "mah": "mah 毫安",
        "mp": "mp megapixel megapixels",
        "pc": "pc pcs piece pieces",
        "ct": "ct",
        "percent": "% percent",
    }.items()
    for spelling in spellings.split()
}
