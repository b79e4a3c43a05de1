"""Home and kitchen."""

from chalicelib.records.catalog.rules import Text

from ..goods import Department, Item, flag, number, text

home = Department(
    "home", Text("家居", "Home"),
    (text("material", "材质", "Material", required=True), text("measure", "尺寸", "Measurements"),
     flag("washable", "可水洗", "Washable"), number("watts", "功率", "Power", "W")),
    [("lighting", "灯具", "Lighting"), ("textiles", "家纺",
     "Bed & sofa textiles"), ("decor", "家具装饰", "Furniture & décor")],
    [
        Item("lamp-shade", "lighting", "lamp", "布艺拉绳床头台灯", "Fabric bedside lamp with pull cord",
             "三档色温，柔光不刺眼。", "Three warmths of light, none of them harsh.",
             "lume", 159, 199, "sand sage rose", None,
             {"material": "亚麻灯罩、榉木|Linen shade, beech",
              "measure": "直径 28 × 高 46 厘米|28 cm across, 46 cm high", "watts": 9},
             1300, 24),
        Item("bedding-washed", "textiles", "bedding", "水洗棉四件套", "Washed-cotton bedding set",
             "砂洗工艺，裸睡级触感。", "Sand-washed until it feels like sleep itself.",
             "meadow", 299, 399, "sky sage yellow", "bed",
             {"material": "100% 棉|100% cotton",
              "measure": "被套 200 × 230 厘米|Duvet cover 200 × 230 cm", "washable": True}, 2100),
        Item("cushion-knit", "textiles", "cushion", "粗针织抱枕套", "Chunky-knit cushion cover",
             "绞花纹理，隐形拉链。", "Cable-knit with a zip nobody sees.",
             "meadow", 59, None, "white orange grey green", None,
             {"material": "腈纶混纺|Acrylic blend", "measure": "45 × 45 厘米|45 × 45 cm", "washable": True}, 280),
        Item("vase-crackle", "decor", "vase", "冰裂釉陶瓷花瓶", "Crackle-glazed ceramic vase",
             "手工拉坯，每只开片不同。", "Thrown by hand; no two crackle alike.",
             "plainclay", 129, None, "sky sage", None,
             {"material": "陶瓷|Ceramic", "measure": "高 24 厘米|24 cm high", "washable": True}, 900),
        Item("chair-bent", "decor", "chair", "曲木软包餐椅", "Bentwood upholstered dining chair",
             "白蜡木椅腿，承重 150 公斤。", "Ash legs that bear 150 kg.",
             "meadow", 389, 469, "yellow green grey", None,
             {"material": "白蜡木、棉麻|Ash, cotton and linen",
              "measure": "52 × 50 × 80 厘米|52 × 50 × 80 cm", "washable": False},
             5200, 12),
    ],
)  # fmt: skip

kitchen = Department(
    "kitchen", Text("厨房", "Kitchen"),
    (text("material", "材质", "Material", required=True), number("capacity", "容量", "Capacity", "ml"),
     flag("induction", "适用电磁炉", "Works on induction"), flag("dishwasher", "可用洗碗机", "Dishwasher-safe")),
    [("cups", "杯壶", "Cups & kettles"), ("cookware", "锅具刀具", "Cookware & knives")],
    [
        Item("mug-clay", "cups", "mug", "手作粗陶马克杯", "Hand-made stoneware mug",
             "粗陶保温，杯口薄而不烫嘴。", "Stoneware that keeps warm, with a rim thin enough to sip from.",
             "plainclay", 69, None, "red white navy green", None,
             {"material": "粗陶|Stoneware", "capacity": 360, "dishwasher": True}, 380),
        Item("kettle-gooseneck", "cups", "kettle", "温控电热水壶", "Temperature-controlled kettle",
             "五段控温，304 不锈钢内胆。", "Five temperatures, 304 stainless inside.",
             "hearth", 199, 259, "white green black", None,
             {"material": "304 不锈钢|304 stainless steel", "capacity": 1500, "dishwasher": False}, 1150, 12),
        Item("flask-vacuum", "cups", "flask", "316 不锈钢真空保温杯", "316 stainless vacuum flask",
             "12 小时保温，24 小时保冷。", "Hot for 12 hours, cold for 24.",
             "hearth", 119, 149, "black sky pink orange", "flask",
             {"material": "316 不锈钢|316 stainless steel", "capacity": 500, "dishwasher": False}, 260, 12),
        Item("pan-iron", "cookware", "pan", "精铸铁少油煎锅", "Light cast-iron frying pan",
             "无涂层，越用越润。", "Uncoated, and better with every meal.",
             "hearth", 189, 239, "black", "pan",
             {"material": "铸铁|Cast iron", "induction": True, "dishwasher": False}, 1900, 60),
        Item("knife-chef", "cookware", "knife", "三合钢主厨刀", "Three-layer steel chef's knife",
             "硬度 58±2 HRC，开刃即用。", "58 ± 2 HRC, sharp out of the box.",
             "hearth", 239, None, "brown black", None,
             {"material": "三合钢、鸡翅木|Clad steel, wenge", "dishwasher": False}, 310, 24),
    ],
)  # fmt: skip

ALL = (home, kitchen)
