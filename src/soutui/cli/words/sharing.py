"""The words of ``export`` and ``datasets`` in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

SHARING_ZH: Mapping[str, str] = {
    "Where to write; a folder that is not there yet.": "写到哪里；一个尚不存在的文件夹。",
    "parquet (everything), beir (search) or recbole.": "parquet（全部）、beir（搜索）或 recbole。",
    "Replace an earlier export in that folder.": "替换该文件夹中先前的导出。",
    "the format has no place for:": "此格式无法容纳：",
    "the format holds in another form:": "此格式以另一种形式保存：",
    "values of a fourth kind under one name: written as text": "同名的第四种类型的值：写成文本",
    "texts of items that have several, or one under another name: joined into text": (
        "物品的多个文本或其他名称的文本：合并为 text"
    ),
    "judgments of an id with a tab or a line break": "编号含制表符或换行的标注",
    "judgments without a split: in qrels/all.tsv": "没有划分的标注：写入 qrels/all.tsv",
    "values with a tab or a line break: a space in its place": "含制表符或换行的值：以空格代替",
    "values that begin with a quotation mark: ' in its place": "以引号开头的值：以 ' 代替",
    "values of lists with a space or a comma: _ in its place": "列表中含空格或逗号的值：以 _ 代替",
    "truth values: written as the words true and false": "真假值：写成 true 和 false",
    "numbers beside texts under one name: written as text": "与文本同名的数字：写成文本",
    "single values beside lists under one name: written as lists of one": "与列表同名的单个值：写成一个值的列表",
    "names of fields that the format keeps for itself or cannot hold: changed": "格式保留或无法容纳的字段名：已改名",
    "texts under names that an import takes for attributes": "导入时会被当作属性的文本",
    "items that may not be answered: written like the others": "不可售的物品：与其他物品同样写出",
    "queries of events": "行为的查询",
    "positions of events": "行为的位置",
    "orders of events": "行为的次序",
    "values of events that are no ratings": "非评分行为的数值",
    "kinds and weights of ties": "关系的类型与权重",
    # datasets
    "list, or get.": "list 列出，get 获取。",
    "The set to get, or to know all about.": "要获取或详细了解的数据集。",
    "Folder of the set; else datasets/NAME.": "数据集的文件夹；默认为 datasets/NAME。",
    "Get it from there instead, once for each file; repeatable.": "改从此处下载，每个文件一次；可多次使用。",
    "name": "名称",
    "what it is": "内容",
    "size": "大小",
    "licence": "许可",
    "layout": "布局",
    "page": "网页",
    "file": "文件",
    "download": "下载",
    "{name}: {licence} ({page})": "{name}：{licence}（{page}）",
    "{folder} is there and whole: nothing to do": "{folder} 已在且完整：无需操作",
    "nobody stated a digest of {files}: trusted now, and written into {path}": (
        "{files} 没有公开的校验值：此次予以信任，并记入 {path}"
    ),
    "ready in {folder}": "已就绪：{folder}",
}

SHARING_HELP_ZH: Mapping[str, str] = {
    "export": (
        "把商店的数据写成其他工具能读的文件。格式无法容纳的内容会说明数量。\n\n\b\n"
        "这些文件含有用户编号和搜索内容：请按个人数据对待。\n示例：\n"
        "  soutui export shop copy\n"
        "  soutui export shop for-beir --format beir\n"
        "  soutui import copy-of-shop parquet copy"
    ),
    "datasets": (
        "公开数据集：列出，或获取一个：下载、校验、解包，随后即可导入。\n\n\b\n"
        "请注意各自的许可：它们都不随 soutui 附带。\n示例：\n"
        "  soutui datasets list\n"
        "  soutui datasets list esci\n"
        "  soutui datasets get movielens-latest-small\n"
        "  soutui datasets get amazon-reviews-2023/Gift_Cards --to gift-cards"
    ),
}
