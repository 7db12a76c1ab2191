"""What the demo's cooperatives grow.

Products, places, seasons and price levels: research for the project (see docs/demo.md); only
produce whose place fits one of the ten confirmed towns. Cooperatives are made up.
"""

from dataclasses import dataclass

from catalog.products.models import Measure

ALL_YEAR = tuple(range(1, 13))


@dataclass(frozen=True, slots=True)
class DemoVariant:
    spec: str
    unit: str
    net_weight_g: int
    price_fen: int
    measure: Measure = Measure.WEIGHT
    # Millilitres or pieces; the net weight where sold by weight.
    amount: int = 0


@dataclass(frozen=True, slots=True)
class DemoProduct:
    name: str
    category: str
    drawing: str
    months: tuple[int, ...]
    perishable: bool
    description: str
    variants: tuple[DemoVariant, ...]


@dataclass(frozen=True, slots=True)
class DemoCooperative:
    name: str
    town_code: str
    village: str
    introduction: str
    products: tuple[DemoProduct, ...]
    email: str = ""


COOPERATIVES = (
    DemoCooperative(
        "公馆青塘水产合作社（演示）",
        "440902101",
        "演示一村",
        "连片鱼塘轮捕轮放，当天捕捞、当天发货。",
        (
            DemoProduct(
                "公馆罗非鱼",
                "aquatic",
                "tilapia",
                ALL_YEAR,
                True,
                "现捕现发，去鳞去内脏按要求处理，冰袋保鲜。清蒸、香煎都合适。",
                (
                    DemoVariant("2 条装 约 1.6 kg", "份", 1600, 1980),
                    DemoVariant("去骨鱼柳 1 kg", "袋", 1000, 3500),
                ),
            ),
        ),
        "coop@demo.example",
    ),
    DemoCooperative(
        "公馆向阳果蔬合作社（演示）",
        "440902101",
        "演示二村",
        "冬种圣女果和草莓，大棚滴灌，熟一批采一批。",
        (
            DemoProduct(
                "公馆圣女果",
                "fruit",
                "cherry-tomato",
                (12, 1, 2, 3, 4),
                True,
                "果皮薄、酸甜，早上采摘，当天装箱。",
                (
                    DemoVariant("3 斤装", "箱", 1500, 4500),
                    DemoVariant("5 斤装", "箱", 2500, 7200),
                ),
            ),
            DemoProduct(
                "公馆奶油草莓",
                "fruit",
                "strawberry",
                (12, 1, 2, 3),
                True,
                "单层装盒，垫网套。草莓怕压，收到请当天吃完或冷藏。",
                (
                    DemoVariant("1 斤装", "盒", 500, 3500),
                    DemoVariant("3 斤装", "箱", 1500, 9900),
                ),
            ),
        ),
    ),
    DemoCooperative(
        "石鼓碧波鱼片加工合作社（演示）",
        "440981127",
        "演示三村",
        "鲜鱼进厂，去骨切片速冻，村里人在车间上班。",
        (
            DemoProduct(
                "石鼓罗非鱼片",
                "processed",
                "tilapia-fillet",
                ALL_YEAR,
                False,
                "去骨去皮，独立小包装速冻，-18℃ 保存。解冻后可煎、可涮。",
                (
                    DemoVariant("500 g × 1 袋", "袋", 500, 2900),
                    DemoVariant("500 g × 4 袋", "箱", 2000, 11200),
                ),
            ),
        ),
    ),
    DemoCooperative(
        "石鼓绿野种植合作社（演示）",
        "440981127",
        "演示四村",
        "房前屋后的妃子笑，按成熟度分批采。",
        (
            DemoProduct(
                "石鼓妃子笑荔枝",
                "fruit",
                "litchi-feizixiao",
                (5, 6),
                True,
                "青红相间时最好吃，带枝装箱，加冰发货。",
                (DemoVariant("5 斤装", "箱", 2500, 4900),),
            ),
        ),
    ),
    DemoCooperative(
        "曹江果香合作社（演示）",
        "440981124",
        "演示五村",
        "白糖罂熟得早，每年五月第一批上市。",
        (
            DemoProduct(
                "曹江白糖罂荔枝",
                "fruit",
                "litchi-baitangying",
                (5, 6),
                True,
                "肉厚爽甜，早熟。凌晨采摘，泡沫箱加冰。",
                (
                    DemoVariant("5 斤装", "箱", 2500, 7500),
                    DemoVariant("10 斤装", "箱", 5000, 14000),
                ),
            ),
        ),
    ),
    DemoCooperative(
        "荷花桂岭果业合作社（演示）",
        "440981111",
        "演示六村",
        "山坡老树桂味，产量不高，只在六月有。",
        (
            DemoProduct(
                "荷花桂味荔枝",
                "fruit",
                "litchi-guiwei",
                (6,),
                True,
                "带桂花香，肉质爽脆。大小年价格差别大，以当天标价为准。",
                (DemoVariant("3 斤装", "箱", 1500, 7800),),
            ),
        ),
    ),
    DemoCooperative(
        "分界储良龙眼合作社（演示）",
        "440981103",
        "演示七村",
        "储良龙眼出自分界。鲜果八月采收。",
        (
            DemoProduct(
                "分界储良龙眼",
                "fruit",
                "longan",
                (8,),
                True,
                "果大核小，肉质爽脆。剪枝装箱，八月集中发货。",
                (
                    DemoVariant("5 斤装", "箱", 2500, 3800),
                    DemoVariant("10 斤装", "箱", 5000, 7200),
                ),
            ),
        ),
    ),
    DemoCooperative(
        "观珠田园合作社（演示）",
        "440904116",
        "演示八村",
        "芥菜、番薯轮作，沙质土，早晚温差大。",
        (
            DemoProduct(
                "观珠水东芥菜",
                "vegetable",
                "mustard-greens",
                ALL_YEAR,
                True,
                "茎厚叶嫩、无渣。清晨收割，预冷后发货，到家用湿纸包好冷藏。",
                (
                    DemoVariant("3 斤装", "袋", 1500, 2400),
                    DemoVariant("8 斤装", "箱", 4000, 5800),
                ),
            ),
            DemoProduct(
                "观珠冰淇淋番薯",
                "vegetable",
                "sweet-potato",
                (10, 11, 12, 1, 2, 3),
                True,
                "烤熟后绵软香甜，带沙。到家放通风处，先别洗。",
                (
                    DemoVariant("5 斤装", "箱", 2500, 2480),
                    DemoVariant("9 斤装", "箱", 4500, 3990),
                ),
            ),
        ),
    ),
    DemoCooperative(
        "观珠古法榨油合作社（演示）",
        "440904116",
        "演示九村",
        "本地花生，炒香后压榨，沉淀过滤。",
        (
            DemoProduct(
                "观珠花生油",
                "grain-oil",
                "peanut-oil",
                ALL_YEAR,
                False,
                "避光保存。底部少量沉淀是正常现象。",
                (
                    DemoVariant("1.8 升", "瓶", 1650, 4800, Measure.VOLUME, 1800),
                    DemoVariant("5 升", "桶", 4580, 13000, Measure.VOLUME, 5000),
                ),
            ),
        ),
    ),
    DemoCooperative(
        "电城稻花养殖合作社（演示）",
        "440904127",
        "演示十村",
        "鸡群在收割后的稻田里放养，架子上过夜。",
        (
            DemoProduct(
                "电城架炮飞天稻花鸡",
                "poultry",
                "chicken-paddy",
                ALL_YEAR,
                True,
                "现宰、真空冷链。白切、煲汤都行。净重为光鸡，约数。",
                (
                    DemoVariant("1 只 约 1.3 kg", "只", 1300, 11800, Measure.PIECE, 1),
                    DemoVariant("2 只装 约 2.6 kg", "份", 2600, 22800, Measure.PIECE, 2),
                ),
            ),
            DemoProduct(
                "电城水东芥菜",
                "vegetable",
                "mustard-greens",
                ALL_YEAR,
                True,
                "稻田轮作的芥菜，清早收割。焯水、上汤、煲汤都合适。",
                (DemoVariant("5 斤装", "箱", 2500, 3600),),
            ),
        ),
    ),
    DemoCooperative(
        "程村红树湾蚝业合作社（演示）",
        "441721101",
        "演示十一村",
        "红树林边吊养，入冬后蚝肉最肥。",
        (
            DemoProduct(
                "程村蚝",
                "aquatic",
                "oyster",
                (10, 11, 12, 1, 2),
                True,
                "现开蚝肉，冰水封装，次日达。收到请冷藏并尽快吃完。",
                (
                    DemoVariant("蚝肉 500 g", "袋", 500, 5200),
                    DemoVariant("蚝肉 1 kg", "袋", 1000, 10000),
                    DemoVariant("半壳 12 只 约 1.2 kg", "箱", 1200, 4200),
                ),
            ),
        ),
    ),
    DemoCooperative(
        "闸坡晒场豆豉合作社（演示）",
        "441702105",
        "演示十二村",
        "黑豆发酵、日晒，老做法，做一缸要两个多月。",
        (
            DemoProduct(
                "阳江豆豉",
                "processed",
                "douchi",
                ALL_YEAR,
                False,
                "豉香足、颗粒完整，蒸鱼、炒菜放一小勺。",
                (
                    DemoVariant("400 g", "罐", 400, 1800),
                    DemoVariant("400 g × 3", "盒", 1200, 5000),
                ),
            ),
        ),
    ),
)
