"""Messages with names and numbers in them: a pattern of the English text and its Chinese."""

from __future__ import annotations

from collections.abc import Mapping

#: Messages that carry names and numbers.
PATTERNS_ZH: Mapping[str, str] = {
    r"nothing in the catalogue is about (.*)": r"没有与 \1 相关的物品",
    r"(.*) is not a workspace: it has no soutui\.toml": r"\1 不是商店：没有 soutui.toml",
    r"(.*) has no bundle yet": r"\1 还没有索引包",
    r"(.*) is a shop already": r"\1 已经是商店",
    r"(.*) exists and is not an empty folder": r"\1 已存在且不是空文件夹",
    r"add to it with `(.*)`, or choose another folder": r"可用 `\1` 添加，或换一个文件夹",
    r"(.*) does not exist": r"\1 不存在",
    r"(.*) is empty": r"\1 是空的",
    r"did you mean (.*)\?": r"是否指 \1？",
    r"unknown item (.*)": r"没有物品 \1",
    r"unknown field (.*); known: (.*)": r"没有字段 \1；已有：\2",
    r"unknown layout (.*); known: (.*)": r"没有布局 \1；已有：\2",
    r"(.*) is not in the (\w+) layout: it needs (.*); found: (.*)": r"\1 不是 \2 布局：需要 \3；现有：\4",
    r"unknown setting (.*); known here: (.*)": r"没有设置 \1；此处可用：\2",
    r"cannot read the filter (.*)": r"看不懂筛选条件 \1",
    r"no column can be (.*); the columns are: (.*)": r"没有列可作为 \1；现有列：\2",
    r"column (.*), given for (\w+), is not in the file; its columns: (.*)": r"文件中没有为 \2 指定的列 \1；现有列：\3",
    r"No such command (.*)\.": r"没有命令 \1。",
    r"No such option: (.*)": r"没有选项：\1",
    r"Missing argument (.*)\.": r"缺少参数 \1。",
    r"Missing option (.*)\.": r"缺少选项 \1。",
    r"the disk is full: (.*)": r"磁盘已满：\1",
    r"the disk of (.*) did not take the data: (.*); (\d+) (\w+) were written before": (
        r"\1 所在磁盘未能写入：\2；此前已写入 \3 条（\4）"
    ),
    r"the disk of (.*) did not take the data: (.*)": r"\1 所在磁盘未能写入：\2",
    r"(\d+) usable events: too few to hold any out": r"只有 \1 条可用行为，不足以留出评测数据",
    r"(\d+) events name items that are not in the catalogue; left out": r"有 \1 条行为的物品不在目录中，已略去",
    r"groups of synonyms: (\d+)": r"同义词组数：\1",
    r"synonyms, line (\d+): (.*)": r"同义词文件第 \1 行被略去：\2",
    r"the synonyms (.*) cannot be read: (.*)": r"无法读取同义词文件 \1：\2",
    r"global time split: valid from (\d+), test from (\d+) .*": r"按时间切分：验证自 \1，测试自 \2（自 1970 年的秒数）",
    r"each user's last: the future of other users is in train": r"每位用户的最后一次：训练数据中含有其他用户的未来",
    r"only (\d+) queries: .*": r"只有 \1 个查询：区间较粗，差异须较大才能看出",
    r"text added: (.*)": r"新增文本字段：\1",
    r"text removed: (.*)": r"去掉了文本字段：\1",
    r"text changed: (.*)": r"文本变了：\1",
    r"the query must be one SELECT: (.*)": r"查询必须是一条 SELECT：\1",
    r"(.*) cannot be reached: (.*)": r"无法连接 \1：\2",
    r"(.*) needs the environment variable (\w+), which is not set": r"\1 需要环境变量 \2，但它没有设置",
    r"a database source needs (.*) too": r"数据库来源还需要 \1",
}
