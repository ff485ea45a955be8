"""The words that files use, in English and Chinese: names of columns, kinds of events, truth values.

Column words are compared after :func:`plain_name`. Earlier words win over later ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Kind of event -> words for it.
KIND_WORDS: Mapping[str, tuple[str, ...]] = {
    "impression": _words(
        "impression impressions impr exposure exposed shown display displayed serve served 曝光 展示 展现 露出"
    ),
    "view": _words(
        "view pv pageview page_view view_item product_view browse detail visit watch play listen "
        "read views viewed 浏览 查看 访问 观看 播放 阅读"
    ),
    "click": _words("click clicks clicked tap select select_item 点击 点选"),
    "like": _words(
        "like likes liked fav favorite favourite favor collect bookmark wishlist add_to_wishlist save star "
        "upvote thumbs_up 收藏 喜欢 点赞 赞"
    ),
    "add_to_cart": _words(
        "add_to_cart cart addtocart add_cart basket add_to_basket 加购 加购物车 加入购物车 加入购物篮"
    ),
    "purchase": _words(
        "purchase purchases purchased buy bought order ordered pay paid transaction checkout sale 购买 下单 "
        "支付 成交 付款 买"
    ),
    "rating": _words("rating rate rated ratings review score 评分 评价 打分"),
    "share": _words("share shared shares forward repost retweet 分享 转发"),
    "follow": _words("follow followed follows subscribe subscription 关注 订阅"),
    "hide": _words(
        "hide hidden dislike disliked block not_interested skip thumbs_down downvote 隐藏 不感兴趣 不喜欢 屏蔽 踩"
    ),
}

TRUE_WORDS = frozenset(
    _words("true t yes y 1 1.0 on available in_stock instock active enabled 是 有 有货 上架 在售 可售 已上架 现货 真")
) | {"in stock"}
FALSE_WORDS = frozenset(
    _words(
        "false f no n 0 0.0 off unavailable out_of_stock outofstock inactive disabled discontinued sold_out 否 "
        "没有 无货 缺货 下架 停售 已下架 售罄 假"
    )
) | {"out of stock", "sold out"}

#: Cells that mean "nothing here".
MISSING_WORDS = frozenset(_words("nan null none n/a na - -- \\n <na> 无 空")) | {""}

_ITEM_ID = _words(
    "item_id itemid item sku sku_id product_id productid product movie_id book_id asin parent_asin goods_id "
    "spu_id article_id news_id video_id song_id track_id artist_id doc_id docno document_id listing_id "
    "business_id recipe_id 商品编号 商品id 商品编码 商品号 物品id 物品编号 产品编号 产品id 产品编码 内容id "
    "视频id 文章id 新闻id 电影id 图书id 货号 款号 商品 物品"
)

#: Meaning of an item column -> its names.
ITEM_WORDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "_id", *_ITEM_ID, *_words("编号 编码 isbn isbn13 isbn_13 uuid handle code key 条码 主键")),
    "title": _words(
        "title name item_name item_title product_name product_title product_display_name goods_name headline "
        "subject 标题 商品名称 商品标题 商品名 产品名称 产品名 物品名称 名称 品名 题目 题名 书名 片名 电影名 "
        "歌名 名字 original_title movie_title book_title display_name label"
    ),
    "text": _words(
        "text description desc descr subtitle body content contents abstract summary overview plot details detail "
        "features feature bullet_points long_description short_description product_description "
        "item_description synopsis 副标题 描述 商品描述 商品详情 产品描述 详情 简介 介绍 正文 内容 摘要 说明 "
        "卖点 剧情 特点"
    ),
    "image": _words(
        "image image_url image_path img img_url imgurl picture picture_url photo photo_url thumbnail cover "
        "cover_url poster poster_url 图片 主图 封面 图片地址 图片链接 图片路径 海报"
    ),
    "available": _words(
        "available availability is_available in_stock instock active is_active enabled on_shelf 上架 是否上架 "
        "有货 是否有货 在售 是否在售 可售 是否可售 上架状态 库存状态"
    ),
}

#: Meaning of an event column -> its names.
EVENT_WORDS: Mapping[str, tuple[str, ...]] = {
    "id": _words("event_id interaction_id log_id record_id id 事件id 事件编号 日志id 记录编号 流水号"),
    "kind": _words(
        "kind event_type event event_name type action action_type behavior behaviour behavior_type "
        "behaviour_type interaction interaction_type 行为 行为类型 用户行为 事件 事件类型 操作 操作类型 动作 "
        "类型"
    ),
    "user": _words(
        "user user_id userid uid customer customer_id client_id visitor_id member_id reviewer_id account_id "
        "buyer_id buyer person_id 用户 用户id 用户编号 用户号 用户名 会员 会员id 会员号 会员编号 顾客 顾客id "
        "客户 客户id 客户编号 买家 买家id"
    ),
    "session": _words("session session_id sessionid sid visit_id 会话 会话id 会话编号"),
    "item": _ITEM_ID,
    "time": _words(
        "time timestamp ts event_time datetime date_time date created_at occurred_at created unix_review_time "
        "review_time event_timestamp 时间 时间戳 日期 发生时间 行为时间 事件时间 操作时间 下单时间 点击时间 "
        "浏览时间 评分时间"
    ),
    "order": _words("order sequence seq step 顺序 次序 序号"),
    "value": _words(
        "value rating stars overall score 评分 打分 分值 得分 星级 weight amount price quantity count plays "
        "play_count watch_time duration 权重 金额 价格 数量 次数 时长"
    ),
    "query": _words(
        "query search_query search_term search_terms keyword keywords search q 查询 查询词 搜索词 搜索 关键词 检索词"
    ),
    "position": _words("position pos rank slot 位置 排名 展示位置 位次"),
}

#: Names of a value column that say rating, and those that say it is something else.
RATING_WORDS = frozenset(_words("rating ratings stars star overall score 评分 打分 星级 分值 得分"))
AMOUNT_WORDS = frozenset(
    _words("weight amount price quantity count plays play_count watch_time duration 权重 金额 价格 数量 次数 时长")
)
#: Last parts of names whose digits are names and not quantities.
CODE_WORDS = frozenset(
    _words("id code sku ean upc isbn isbn13 gtin zip zipcode postcode phone 编号 编码 条码 货号 邮编 电话")
)
#: Last parts of names that only say the language.
LANGUAGES = frozenset(_words("zh cn en english chinese hans hant tw hk ja jp ko fr de es it pt ru ar 中文 英文"))

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAP = re.compile(r"[\s\-./·]+")
_TYPED = re.compile(r":(token|token_seq|float|float_seq)$")


def plain_name(column: str) -> str:
    """A column's name in one spelling: ``movieId``, ``Movie ID`` and ``movie_id:token`` are all ``movie_id``.

    >>> plain_name("ProductDisplayName"), plain_name("商品 ID")
    ('product_display_name', '商品id')
    """
    name = _TYPED.sub("", unicodedata.normalize("NFKC", column).strip())
    name = _GAP.sub("_", _CAMEL.sub("_", name)).lower()
    hidden = name.startswith("_")
    name = re.sub(r"_+", "_", name).strip("_")
    if not name.isascii():
        name = re.sub(r"(?<=[^\x00-\x7f])_|_(?=[^\x00-\x7f])", "", name)
    return f"_{name}" if hidden and name == "id" else name


def without_language(name: str) -> str:
    """A plain name without the language at its end: ``title`` of ``title_zh``; unchanged when there is none."""
    stem, _, last = name.rpartition("_")
    if stem and last in LANGUAGES:
        return stem
    for language in ("中文", "英文"):
        if len(name) > 2 and (name.startswith(language) or name.endswith(language)):
            return name.removeprefix(language).removesuffix(language)
    for language in ("en", "zh", "cn"):  # 标题en
        if name.endswith(language) and len(name) > 2 and not name[-3].isascii():
            return name[:-2]
    return name
