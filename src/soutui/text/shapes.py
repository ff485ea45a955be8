"""Chinese characters that are taken for each other because they look alike. A list, nothing else."""

from __future__ import annotations

from functools import cache

#: Families of characters that share most of their strokes. Any two of a family may be confused.
_FAMILIES = """
己已巳 未末朱 土士工 日曰目 人入八 天夫夭 大太犬丈 千干于 贝见 鸟乌岛 侯候喉 拔拨 徽微徵 戊戌戍成 辩辨辫瓣
睛晴清情请 粟栗 崇祟 幕暮慕墓募 析折拆拚 冶治始 竟竞境镜 券卷圈 厉历励 哀衷衰 茶荼 侍待持特诗 提堤题 第弟 洒酒
鸣呜 今令 杯坏怀环 仓仑 拾抬招 设没投 休体本 刀力刃 问间闷闲 几九凡 田由甲申 午牛 白百自 师帅 北比 万方 厂广
了子 已巴 温湿 保堡褒 耳且 机肌饥讥 炉护庐驴 鞋鞍 裤裙 衬村 帽冒 灯订钉打 铲产 壶壳 碗腕婉 盘盆盒 筷快块 刨创
刷制 椅骑奇 桌卓 柜拒距 枕忱 毯毡 被披破坡波玻 褥辱 帘帝 锁销 钥钓 铃玲领 箱霜湘 包抱泡炮跑饱 背肖 绳蝇 伞企
帐怅账胀张 篷蓬逢缝 营宫官 徒徙陡 旅族旋 滑猾 雪雷需 冰水永 泳咏 球求 拍怕伯柏 健建键 轮论伦抡 头买卖 盔盗
净争静 空穴 调周绸 扇扁 暖援缓 热势 吹欢饮 风凤 烤拷 烘供洪 煮著 蒸燕 炒抄妙沙砂纱 煎剪 饭板版贩 米来 油由抽轴
盐监 糖塘 醋错借惜 酱桨浆奖 茉菜 咖加 啡排 奶仍扔 羊半 鸡鸟 蛋蚕 鱼渔 肉内 菜采彩踩 瓜爪 果裹课棵颗 苹萍 梨犁
桃挑逃 橙澄 葡匍 萄陶 莓霉梅 糕羔 饼拼 粉纷份分 墨黑默 笔笨 纸低底抵 册删 刊刑 画面 胶校狡 盖盏 收牧 纳呐 电申
脑恼 视现 鼠臼 响向 噪澡操燥躁 蓝监篮 牙才 线钱浅残践 充允 源原 插播 座坐 话活括 相想箱 像象橡 摄镊 架驾
项顶预须 链连莲 戒戎 具县 图困因团园圆 娃洼蛙挂桂 熊能 狗拘狼 猫描喵 笼宠庞 儿凡 裙群 袖油 领岭铃 棉绵锦 丝纱
革草 蓝篮 绿录缘 黄横 紫柴 橘桔 金全 铜钢 铁跌 铝吕 瓷资 陶淘 玻坡 璃漓离 塑朔 硅桂 贷货贺贸 存在 取职 款歉
帐帆 密蜜 码玛妈吗骂 转传 息悉 保堡 险检捡验脸 偿尝 申电 请清 审宙 核该孩刻 批比 约纳 证征正 续读 理埋 减咸感
优忧 惠慧 睡捶锤 住往注柱驻 赔陪倍 瓶并拼饼 玩完 客容 期欺 利和 袋贷岱 凳登 章音 短矩 网冈 跳挑 粮狼
银很狠根恨限 免兔 答签
"""


@cache
def look_alikes() -> dict[str, str]:
    """Character to the characters that look like it."""
    found: dict[str, dict[str, None]] = {}
    for family in _FAMILIES.split():
        for one in family:
            found.setdefault(one, {}).update((other, None) for other in family if other != one)
    return {one: "".join(others) for one, others in found.items()}
