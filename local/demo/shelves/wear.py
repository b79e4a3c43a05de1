"""Clothes, shoes and bags."""

from chalicelib.records.catalog.rules import Text

from ..goods import Department, Item, choice, flag, number, text

SEASON = choice(
    "season",
    "季节",
    "Season",
    ("spring", "春秋", "spring and autumn"),
    ("summer", "夏季", "summer"),
    ("winter", "冬季", "winter"),
)
CLOTHES = (
    text("fabric", "面料", "Fabric", required=True), SEASON, number("weight", "克重", "Fabric weight", "g/m²"),
    text("wash", "洗涤", "Care"),
)  # fmt: skip
COLD = "30℃ 以下轻柔机洗|Gentle machine wash below 30 °C"
HAND = "冷水手洗，平铺晾干|Cold hand wash, dry flat"

clothing = Department(
    "clothing", Text("服饰", "Clothing"), CLOTHES,
    [("tops", "上衣", "Tops"), ("bottoms", "裙裤", "Skirts & trousers"), ("outerwear", "外套", "Outerwear")],
    [
        Item("tee-classic", "tops", "tee", "新疆长绒棉圆领短袖T恤", "Long-staple cotton crew-neck T-shirt",
             "双股紧密纺，领口不变形，男女同款。",
              "Two-ply compact yarn and a collar that keeps its shape; for everyone.",
             "cotton", 89, 129, "white black navy", "apparel",
             {"fabric": "100% 长绒棉|100% long-staple cotton", "season": "summer", "weight": 210, "wash": COLD}, 220),
        Item("tee-heavy", "tops", "tee", "重磅落肩宽松T恤", "Heavyweight drop-shoulder T-shirt",
             "280 克挺括面料，越洗越有型。", "A crisp 280 g fabric that only gets better in the wash.",
             "cotton", 119, None, "black grey rose", "apparel",
             {"fabric": "100% 棉|100% cotton", "season": "summer", "weight": 280, "wash": COLD}, 300),
        Item("shirt-linen", "tops", "shirt", "法国亚麻透气长袖衬衫", "French linen long-sleeved shirt",
             "成衣水洗，上身即柔软，通勤度假都合适。",
              "Garment-washed and soft from the first day, for desk and beach alike.",
             "linen", 239, 299, "white sky sand", "apparel",
             {"fabric": "100% 亚麻|100% linen", "season": "spring", "weight": 165, "wash": HAND}, 260),
        Item("shirt-oxford", "tops", "shirt", "免烫牛津纺商务衬衫", "Easy-care Oxford shirt",
             "液氨免烫工艺，机洗后挂干即可。", "Liquid-ammonia finish: wash, hang, wear.",
             "linen", 199, None, "white blue", "apparel",
             {"fabric": "棉 80% 聚酯 20%|80% cotton, 20% polyester", "season": "spring",
              "weight": 135, "wash": COLD}, 270),
        Item("hoodie-fleece", "tops", "hoodie", "毛圈连帽卫衣", "Looped-fleece hoodie",
             "双层大帽，袖口罗纹不松垮。", "A double-layered hood and ribbing that stays tight.",
             "cotton", 219, 279, "grey black green", "apparel",
             {"fabric": "棉 92% 氨纶 8%|92% cotton, 8% elastane", "season": "spring",
              "weight": 360, "wash": COLD}, 560),
        Item("dress-tea", "bottoms", "dress", "收腰茶歇连衣裙", "Waisted tea dress",
             "垂坠铜氨丝，内衬防静电。", "Flowing cupro with an anti-static lining.",
             "linen", 329, 429, "wine green navy", "apparel",
             {"fabric": "铜氨丝 100%|100% cupro", "season": "summer", "weight": 120, "wash": HAND}, 320),
        Item("trousers-chino", "bottoms", "trousers", "弹力修身休闲裤", "Stretch chinos",
             "四面弹斜纹布，久坐不鼓包。", "Four-way stretch twill that does not bag at the knees.",
             "cotton", 189, None, "sand navy black", "waist",
             {"fabric": "棉 97% 氨纶 3%|97% cotton, 3% elastane", "season": "spring",
              "weight": 240, "wash": COLD}, 420),
        Item("jacket-down", "outerwear", "jacket", "90 白鹅绒轻薄羽绒服", "Light 90/10 goose-down jacket",
             "充绒量 120 克，收纳后只有水杯大小。", "120 g of down that packs to the size of a mug.",
             "summit", 599, 799, "navy orange silver", "apparel",
             {"fabric": "锦纶 20D 防泼水|20D water-repellent nylon", "season": "winter",
              "weight": 38, "wash": HAND}, 380),
    ],
)  # fmt: skip

shoes = Department(
    "shoes", Text("鞋靴", "Shoes"),
    (text("upper", "鞋面", "Upper", required=True), text("sole", "鞋底",
     "Sole"), flag("waterproof", "防水", "Waterproof")),
    [("sneakers", "运动鞋", "Trainers"), ("boots", "靴子", "Boots")],
    [
        Item("sneaker-daily", "sneakers", "sneaker", "轻弹缓震日常跑鞋", "Cushioned everyday trainers",
             "单只 218 克，中底回弹率 68%。", "218 g a shoe with a midsole that gives back 68 % of each step.",
             "stride", 359, 459, "white blue", "shoes",
             {"upper": "工程网布|Engineered mesh", "sole": "耐磨橡胶|Hard-wearing rubber", "waterproof": False}, 720),
        Item("sneaker-court", "sneakers", "sneaker", "复古板鞋小白鞋", "Retro court shoes",
             "头层牛皮，包边缝线，久穿不开胶。",
              "Full-grain leather, stitched all round so that it never comes unglued.",
             "stride", 429, None, "white green", "shoes",
             {"upper": "头层牛皮|Full-grain leather", "sole": "生胶大底|Natural rubber", "waterproof": False}, 860),
        Item("boot-hiker", "boots", "boot", "中帮防水徒步靴", "Mid-cut waterproof hiking boots",
             "防水透湿膜，防滑大齿纹。", "A breathable waterproof membrane and deep lugs.",
             "summit", 699, 899, "brown black", "shoes",
             {"upper": "反绒牛皮|Nubuck leather", "sole": "防滑橡胶|Grippy rubber", "waterproof": True}, 1240),
    ],
)  # fmt: skip

bags = Department(
    "bags", Text("箱包", "Bags"),
    (text("material", "材质", "Material", required=True), number("litres", "容量", "Volume", "L"),
     flag("carry_on", "可登机", "Cabin size")),
    [("backpacks", "双肩包", "Backpacks"), ("totes", "手提包", "Totes"), ("suitcases", "拉杆箱", "Suitcases")],
    [
        Item("backpack-commute", "backpacks", "backpack", "通勤防泼水双肩包", "Water-repellent commuter backpack",
             "独立 15.6 寸电脑仓，背部防盗袋。", "A separate 15.6-inch laptop sleeve and a hidden back pocket.",
             "roam", 269, 349, "black navy sage", None,
             {"material": "再生聚酯纤维|Recycled polyester", "litres": 22, "carry_on": True}, 820),
        Item("tote-canvas", "totes", "tote", "16 安加厚帆布托特包", "16 oz canvas tote",
             "内里防水涂层，提手可肩背。", "Coated inside, with handles long enough for the shoulder.",
             "roam", 99, None, "sand black green", None,
             {"material": "16 安帆布|16 oz canvas", "litres": 15, "carry_on": True}, 480),
        Item("suitcase-frame", "suitcases", "suitcase", "静音万向轮拉杆箱", "Silent four-wheel suitcase",
             "聚碳酸酯箱体，TSA 海关锁。", "A polycarbonate shell with TSA locks and wheels that whisper.",
             "roam", 459, 599, "silver navy red", "cabin",
             {"material": "聚碳酸酯|Polycarbonate", "litres": 36, "carry_on": True}, 3200, 24),
    ],
)  # fmt: skip

ALL = (clothing, shoes, bags)
