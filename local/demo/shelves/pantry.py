"""Beauty and food."""

from chalicelib.records.catalog.rules import Text

from ..goods import Department, Item, choice, number, text

SKIN = choice(
    "skin", "适用肤质", "Skin type", ("all", "所有肤质", "all skin types"), ("sensitive", "敏感肌", "sensitive skin"),
    ("dry", "干性", "dry skin"), ("oily", "油性", "oily skin"),
)  # fmt: skip

beauty = Department(
    "beauty", Text("美妆", "Beauty"),
    (SKIN, text("hero", "核心成分", "Key ingredient", required=True), number("shelf_life",
     "保质期", "Shelf life", "个月|months")),
    [("skincare", "护肤", "Skin care"), ("makeup", "彩妆", "Make-up"), ("haircare", "洗护", "Hair & body")],
    [
        Item("cream-repair", "skincare", "cream", "敏感肌修护面霜", "Repair cream for sensitive skin",
             "神经酰胺配方，不含香精酒精。", "Ceramides, and neither perfume nor alcohol.",
             "dewy", 168, 198, "sky", "serum",
             {"skin": "sensitive", "hero": "神经酰胺|Ceramides", "shelf_life": 36}, 180, 0, 0),
        Item("cream-night", "skincare", "cream", "玻色因紧致晚霜", "Firming night cream",
             "质地丰润，晨起不油。", "Rich at night, gone by morning.",
             "dewy", 259, None, "purple", "serum",
             {"skin": "dry", "hero": "玻色因|Pro-xylane", "shelf_life": 36}, 190, 0, 0),
        Item("sunscreen-daily", "skincare", "tube", "SPF50+ 清透防晒乳", "SPF 50+ sheer sunscreen",
             "成膜快，不泛白。", "Sets fast and leaves no white cast.",
             "dewy", 98, 128, "yellow", None,
             {"skin": "all", "hero": "广谱防晒剂|Broad-spectrum filters", "shelf_life": 36}, 70, 0, 0),
        Item("handcream-fig", "skincare", "tube", "无花果护手霜", "Fig hand cream",
             "乳木果油 20%，吸收不黏。", "20 % shea butter that does not stick.",
             "dewy", 49, None, "purple", None,
             {"skin": "all", "hero": "乳木果油|Shea butter", "shelf_life": 36}, 60, 0, 0),
        Item("lipstick-velvet", "makeup", "lipstick", "丝绒雾面口红", "Velvet matte lipstick",
             "一抹显色，不拔干。", "Full colour in one stroke, and it does not dry out.",
             "bloom", 129, 159, "red wine rose orange brown", None,
             {"hero": "角鲨烷|Squalane", "shelf_life": 36}, 32, 0, 0),
        Item("shampoo-ginger", "haircare", "bottle", "生姜强韧洗发水", "Ginger strengthening shampoo",
             "氨基酸表活，温和清洁。", "Amino-acid surfactants that clean gently.",
             "dewy", 69, None, "yellow", "wash", {"hero": "生姜提取物|Ginger extract", "shelf_life": 36}, 420, 0, 0),
        Item("bodywash-cedar", "haircare", "bottle", "雪松沐浴露", "Cedar body wash",
             "木质香调，留香一整天。", "A woody scent that stays all day.",
             "dewy", 79, 99, "green", "wash",
             {"skin": "all", "hero": "雪松精油|Cedar oil", "shelf_life": 36}, 420, 0, 0),
    ],
)  # fmt: skip

food = Department(
    "food", Text("食品", "Food"),
    (text("origin", "产地", "Origin", required=True), number("shelf_life", "保质期", "Shelf life", "个月|months"),
     text("storage", "贮存", "Storage")),
    [("tea", "茶叶", "Tea"), ("snacks", "坚果咖啡", "Nuts & coffee"), ("pantry", "方便速食", "Pantry")],
    [
        Item("tea-longjing", "tea", "tin", "明前西湖龙井", "Pre-Qingming Longjing green tea",
             "核心产区手工炒制，豆香清甜。", "Pan-fired by hand near West Lake; sweet and nutty.",
             "hillside", 128, 158, "green", "tea",
             {"origin": "浙江杭州|Hangzhou, Zhejiang", "shelf_life": 18,
              "storage": "密封冷藏|Sealed and cool"}, 160, 0, 0),
        Item("tea-dahongpao", "tea", "tin", "武夷山大红袍", "Wuyi Da Hong Pao oolong",
             "炭火足焙，岩骨花香。", "Charcoal-roasted rock tea with a floral finish.",
             "hillside", 98, None, "wine", "tea",
             {"origin": "福建武夷山|Wuyishan, Fujian", "shelf_life": 36,
              "storage": "密封避光|Sealed and dark"}, 160, 0, 0),
        Item("tea-white", "tea", "tin", "福鼎老白茶", "Aged Fuding white tea",
             "三年陈化，枣香醇厚。", "Three years old, round and date-like.",
             "hillside", 88, 108, "sand", "tea",
             {"origin": "福建福鼎|Fuding, Fujian", "shelf_life": 36, "storage": "阴凉干燥|Cool and dry"}, 160, 0, 0),
        Item("nuts-daily", "snacks", "pouch", "每日混合坚果", "Daily mixed nuts",
             "六种坚果果干，锁鲜独立包。", "Six nuts and fruits in fresh single packs.",
             "orchard", 59, 79, "brown", "snack",
             {"origin": "新疆、云南|Xinjiang and Yunnan", "shelf_life": 9,
              "storage": "阴凉干燥|Cool and dry"}, 300, 0, 0),
        Item("coffee-yunnan", "snacks", "pouch", "云南保山小粒咖啡豆", "Baoshan Yunnan coffee beans",
             "中度烘焙，坚果可可风味。", "Medium roast with nuts and cocoa.",
             "orchard", 68, None, "black", "snack",
             {"origin": "云南保山|Baoshan, Yunnan", "shelf_life": 12,
              "storage": "密封避光|Sealed and dark"}, 300, 0, 0),
        Item("honey-linden", "pantry", "jar", "长白山椴树蜜", "Changbai linden honey",
             "单一蜜源，自然结晶。", "One flower, crystallising as nature meant.",
             "orchard", 58, 68, "yellow", None,
             {"origin": "吉林长白山|Changbaishan, Jilin", "shelf_life": 24,
              "storage": "阴凉干燥|Cool and dry"}, 620, 0, 0),
        Item("jam-berry", "pantry", "jar", "低糖树莓果酱", "Low-sugar raspberry jam",
             "果肉含量 70%。", "70 % fruit.", "orchard", 32, None, "red", None,
             {"origin": "黑龙江尚志|Shangzhi, Heilongjiang", "shelf_life": 18,
              "storage": "开封冷藏|Refrigerate once open"}, 340, 0, 0),
        Item("noodles-beef", "pantry", "noodles", "红烧牛肉拌面", "Braised-beef dry noodles",
             "非油炸面饼，大块牛肉。", "Air-dried noodles and real chunks of beef.",
             "orchard", 15, 18, "red", "noodles",
             {"origin": "四川成都|Chengdu, Sichuan", "shelf_life": 6, "storage": "阴凉干燥|Cool and dry"}, 180, 0, 0),
    ],
)  # fmt: skip

ALL = (beauty, food)
