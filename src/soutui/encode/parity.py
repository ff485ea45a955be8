"""The texts on which an exported model is compared with the original: short and long, English and Chinese, odd ones."""

from __future__ import annotations

_ENGLISH = (
    "The jacket is made of recycled polyester with a waterproof membrane and taped seams. It packs into its own "
    "pocket, weighs 340 grams and comes in five colours. Two side pockets close with zips; the hood folds away. "
    "Wash at 30 degrees, do not tumble dry, and renew the coating once a season."
)
_CHINESE = (
    "这款电饭煲采用三维立体加热技术，内胆为加厚不粘涂层，容量四升，适合三到五人的家庭使用。支持二十四小时预约，"
    "可以煮饭、煲汤、蒸菜和做蛋糕，顶部液晶面板显示剩余时间。清洗时请先断电，不要用钢丝球擦拭内胆。"
)

TEXTS: tuple[str, ...] = (
    "red shoes",
    "iphone",
    "usb c cable 2m",
    "A",
    "42",
    "wireless noise cancelling headphones",
    "how do I reset my password",
    "what is the return policy for sale items?",
    "SKU-4471-B / 12x24 mm",
    "men's running shoes size 10.5 wide",
    "I was charged twice for the same order and would like my money back.",
    "Aspirin inhibits the production of prostaglandins and reduces the risk of heart attack.",
    "Heat transfer to a slender cone in hypersonic flow",
    "The old man and the sea",
    "Star Wars: Episode IV - A New Hope (1977), science fiction, adventure",
    "organic green tea, 100 bags",
    "LED desk lamp with dimmer, three colour temperatures and a USB charging port",
    "Gaming laptop 15.6 inch, 16 GB RAM, 1 TB SSD, RTX 4060, 144 Hz",
    "Café crème brûlée naïve façade",
    "100% cotton!!! best price $$$",
    "https://example.org/products?id=17&ref=mail",
    "Ship it to 10 Downing Street, London, before Friday if you can; otherwise next week is fine too.",
    "Bluetooth speaker. Waterproof, 20 hours of battery, deep bass. Pairs with a second one for stereo.",
    "children's wooden train set with 80 pieces, bridges and a battery locomotive; from 3 years",
    _ENGLISH,
    _ENGLISH + " " + _ENGLISH.replace("jacket", "coat").replace("340", "520"),
    " ".join(_ENGLISH.replace("jacket", name) for name in ("parka", "anorak", "raincoat", "windbreaker", "vest")),
    "手机",
    "红色连衣裙",
    "无线蓝牙耳机 降噪",
    "怎么修改登录密码？",
    "信用卡被盗刷了应该怎么办",
    "儿童益智积木玩具，三岁以上，大颗粒一百件",
    "忘記密碼該如何重設網路銀行帳號",
    "订单一直没有发货，我想申请退款。",
    "苹果 iPhone 15 手机壳 防摔 透明",
    "二〇一九年全国高等学校招生统一考试",
    _CHINESE,
    _CHINESE + _CHINESE.replace("电饭煲", "压力锅"),
    _CHINESE * 5,
)
