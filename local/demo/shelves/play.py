"""Sport, toys, stationery and pets."""

from chalicelib.records.catalog.rules import Text

from ..goods import Department, Item, choice, flag, number, text

sport = Department(
    "sport", Text("运动户外", "Sport & outdoors"),
    (text("material", "材质", "Material", required=True), number("load", "承重", "Bears",
     "kg"), text("level", "适合", "For")),
    [("fitness", "健身", "Fitness"), ("outdoor", "户外球类", "Outdoor & ball games")],
    [
        Item("mat-yoga", "fitness", "mat", "天然橡胶防滑瑜伽垫", "Natural-rubber yoga mat",
             "体位线辅助，湿手也不滑。", "Alignment lines, and a grip that holds wet hands.",
             "stride", 169, 209, "purple sage navy", "mat",
             {"material": "天然橡胶|Natural rubber", "level": "初学到进阶|Beginners and beyond"}, 2300),
        Item("dumbbell-pair", "fitness", "dumbbell", "包胶静音哑铃", "Rubber-coated dumbbells",
             "六角防滚，环保包胶。", "Hexagonal so that they stay put.",
             "stride", 79, None, "black pink", "weight",
             {"material": "铸铁包胶|Rubber-coated iron", "level": "家庭健身|Home training"}, 4000),
        Item("racket-carbon", "outdoor", "racket", "全碳素羽毛球拍", "Full-carbon badminton racket",
             "4U 轻量，送三只羽球。", "A light 4U frame with three shuttlecocks.",
             "stride", 259, 329, "red blue", None,
             {"material": "碳纤维|Carbon fibre", "level": "进阶|Intermediate"}, 84),
        Item("ball-basket", "outdoor", "ball", "7 号吸湿篮球", "Size 7 moisture-wicking basketball",
             "超细纤维，室内外通用。", "Microfibre for courts of every kind.",
             "stride", 149, None, "orange brown", None,
             {"material": "超细纤维|Microfibre", "level": "室内外|Indoor and outdoor"}, 620),
        Item("tent-quick", "outdoor", "tent", "三秒速开露营帐篷", "Pop-up camping tent",
             "双层防暴雨，银胶防晒。", "A double roof against rain, and silver against sun.",
             "summit", 329, 429, "green sand", "people",
             {"material": "210D 牛津布|210D Oxford", "level": "三季|Three seasons"}, 3800, 12),
    ],
)  # fmt: skip

toys = Department(
    "toys", Text("玩具文具", "Toys & stationery"),
    (text("age", "适用年龄", "Age", required=True), text("material", "材质", "Material"),
    number("pieces", "件数", "Pieces", "件|pieces")),
    [("plush", "毛绒积木", "Plush & blocks"), ("stationery", "文具", "Stationery")],
    [
        Item("bear-hug", "plush", "bear", "安抚抱抱熊", "Hugging bear",
             "A 类面料，可机洗。", "Baby-safe fabric, machine-washable.",
             "playroom", 79, 99, "brown pink sky", "bear",
             {"age": "0 岁以上|From birth", "material": "短毛绒|Short plush"}, 420),
        Item("blocks-city", "plush", "blocks", "城市拼搭大颗粒积木", "Big city building blocks",
             "圆角无毛刺，附收纳桶。", "Rounded edges and a bucket to keep them in.",
             "playroom", 139, 179, "red", None,
             {"age": "2–6 岁|2–6 years", "material": "ABS|ABS", "pieces": 120}, 1500),
        Item("notebook-grid", "stationery", "notebook", "可撕方格线圈本", "Perforated grid notebook",
             "100 克道林纸，钢笔不洇。", "100 g paper that takes a fountain pen.",
             "inkstone", 25, None, "navy sage yellow", "paper",
             {"age": "不限|Any", "material": "道林纸|Uncoated paper", "pieces": 1}, 260),
        Item("pen-fountain", "stationery", "pen", "入门练字钢笔", "First fountain pen",
             "0.5 毫米明尖，送吸墨器。", "A 0.5 mm nib and a converter.",
             "inkstone", 69, 89, "black green wine", None,
             {"age": "8 岁以上|From 8 years", "material": "黄铜、树脂|Brass and resin", "pieces": 1}, 42),
        Item("calendar-desk", "stationery", "notebook", "2025 年桌面周计划本", "2025 desk planner",
             "已过季，仅供展示。", "Out of season.", "inkstone", 39, 59, "rose", None,
             {"age": "不限|Any", "material": "道林纸|Uncoated paper", "pieces": 1}, 300, fate="off"),
    ],
)  # fmt: skip

pets = Department(
    "pets",
    Text("宠物", "Pets"),
    (
        choice(
            "for", "适用", "For", ("cat", "猫", "cats"), ("dog", "狗", "dogs"), ("both", "猫狗通用", "cats and dogs")
        ),
        text("material", "材质", "Material", required=True),
        flag("washable", "可拆洗", "Washable"),
    ),
    [("petcare", "宠物用品", "Pet care")],
    [
        Item(
            "bowl-ceramic",
            "petcare",
            "bowl",
            "护颈陶瓷宠物碗",
            "Raised ceramic pet bowl",
            "15° 斜口，减轻颈椎负担。",
            "Tilted 15° to spare the neck.",
            "paws",
            49,
            65,
            "white sky rose",
            None,
            {"for": "both", "material": "陶瓷|Ceramic", "washable": True},
            780,
        ),
        Item(
            "bed-nest",
            "petcare",
            "cat_bed",
            "深睡云朵猫窝",
            "Cloud cat bed",
            "加厚 PP 棉，四季可用。",
            "Thick filling for every season.",
            "paws",
            109,
            139,
            "sand grey sage",
            None,
            {"for": "cat", "material": "短毛绒、PP 棉|Plush and fibrefill", "washable": True},
            900,
        ),
    ],
)

ALL = (sport, toys, pets)
