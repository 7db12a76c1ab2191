"""What a product probably is, told by its name; its cooperative has the last word."""

from collections.abc import Sequence
from dataclasses import dataclass

# A shared end of two characters is a kind of produce (荔枝), one alone is chance.
SHORTEST_KIND = 2
# Food that somebody made: 食品安全法 §35, §36 ask for a licence.
LICENSED = ("processed",)
EVERY_MONTH = tuple(range(1, 13))


@dataclass(frozen=True)
class Past:
    """A product that the cooperative listed before."""

    name: str
    slug: str
    months: tuple[int, ...]


@dataclass(frozen=True)
class Suggestion:
    """A category by its slug, and the months; none where nothing is known of them."""

    slug: str
    months: tuple[int, ...] = ()


def suggest(name: str, past: Sequence[Past]) -> Suggestion | None:
    """What a name tells: as the cooperative did the last time (``past`` begins with the latest),
    else by the words for produce."""
    plain = "".join(name.split())
    word = _last_word(plain)
    before = _closest(plain, word, past)
    if before is not None:
        return Suggestion(before.slug, before.months)
    if not word:
        return None
    slug = _SLUG_OF[word]
    return Suggestion(slug, _MONTHS.get(word) or (EVERY_MONTH if slug in _ALL_YEAR else ()))


def needs_licence(slug: str) -> bool:
    """Whether food of this category may be sold only with a production licence.

    Source: 食品安全法 §35, §36.
    """
    return slug in LICENSED


def _closest(name: str, word: str, past: Sequence[Past]) -> Past | None:
    """The past product that ends most like this one; of equals, the latest. One that the words
    call something else is none: 荔枝蜜 doesn't follow 荔枝."""
    alike = [each for each in past if _last_word("".join(each.name.split())) == word]
    ends = [(_shared_end(name, "".join(each.name.split())), each) for each in alike]
    length = max((length for length, _ in ends), default=0)
    if length < SHORTEST_KIND:
        return None
    return next(each for shared, each in ends if shared == length)


def _shared_end(one: str, other: str) -> int:
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return length


def _last_word(name: str) -> str:
    """The word for produce that ends last, for what a Chinese name means stands at its end: 荔枝蜜
    is honey. Of two that end together the longer says more: 玉米 is no 米."""
    ends = [(name.rfind(word) + len(word), len(word), word) for word in _SLUG_OF if word in name]
    return max(ends)[2] if ends else ""


_WORDS = {
    "fruit": "荔枝 龙眼 三华李 李 桃 梨 圣女果 番茄王 小番茄 草莓 桔 橘 柑 橙 柚 "
    "香蕉 大蕉 芭蕉 菠萝 凤梨 芒果 木瓜 杨桃 番石榴 芭乐 黄皮 火龙果 "
    "百香果 波罗蜜 菠萝蜜 西瓜 蜜瓜 哈密瓜 甜瓜 葡萄 杨梅 枇杷 柿 枣 莲雾 "
    "甘蔗 牛油果 柠檬 金桔 沙糖桔 马水桔 水果",
    "vegetable": "芥菜 菜心 白菜 生菜 菠菜 油麦菜 通菜 空心菜 芥蓝 西兰花 花菜 青菜 "
    "蔬菜 菜 萝卜 胡萝卜 番薯 红薯 地瓜 甘薯 紫薯 芋头 芋 淮山 山药 "
    "马铃薯 土豆 粉葛 莲藕 藕 玉米 南瓜 冬瓜 苦瓜 丝瓜 节瓜 黄瓜 青瓜 "
    "茄子 辣椒 番茄 西红柿 豆角 四季豆 荷兰豆 毛豆 生姜 姜 大蒜 蒜 葱 "
    "洋葱 韭菜 竹笋 笋 香菇 蘑菇 木耳 菌 菇 马蹄 鸡枞菌",
    "aquatic": "鱼 罗非鱼 草鱼 鲩鱼 鲈鱼 金鲳 桂花鱼 虾 对虾 罗氏虾 蟹 青蟹 生蚝 蚝 "
    "牡蛎 贝 螺 蛤 蛏 鳝 泥鳅 甲鱼 牛蛙 鱿鱼 墨鱼 海鲜",
    "poultry": "鸡 鸭 鹅 鸽 乳鸽 猪 牛 羊 兔 猪肉 牛肉 羊肉 鸡蛋 鸭蛋 鹅蛋 土鸡蛋 蛋 怀乡鸡 走地鸡",
    "grain-oil": "大米 米 丝苗米 糙米 糯米 黑米 稻谷 花生 花生油 山茶油 茶籽油 菜籽油 "
    "芝麻 芝麻油 油 黄豆 绿豆 红豆 黑豆 眉豆 小米 面粉",
    "processed": "鱼片 鱼干 鱼丸 鱼饼 虾干 虾仁 虾米 蚝油 蚝豉 豆豉 酱油 酱 腐竹 腐乳 "
    "豆腐 荔枝干 桂圆 龙眼干 龙眼肉 番薯干 红薯干 果干 菜干 笋干 萝卜干 "
    "梅菜 咸菜 酸菜 泡菜 咸蛋 咸鸭蛋 皮蛋 腊肠 腊肉 腊鸭 肉干 粉丝 米粉 "
    "河粉 红薯粉 葛根粉 淀粉 果脯 蜜饯 果酱 果汁 饮料 酒 米酒 果酒 醋 茶 "
    "茶叶 绿茶 红茶 蜂蜜 荔枝蜜 龙眼蜜 蜜 红糖 黄糖 糖 饼 糕 粽 粽子 "
    "月饼 罐头 花生糖 干",
    "herb": "化橘红 橘红 春砂仁 砂仁 陈皮 沉香 牛大力 五指毛桃 金银花 益智 巴戟天 "
    "何首乌 石斛 灵芝 艾草 药材",
}
_SLUG_OF = {word: slug for slug, words in _WORDS.items() for word in words.split()}
# When there is some in Maoming and Yangjiang; see docs/demo.md. Everybody's own year differs.
_MONTHS = {
    "荔枝": (5, 6, 7),
    "龙眼": (7, 8),
    "三华李": (5, 6, 7),
    "圣女果": (1, 2, 3, 4, 12),
    "小番茄": (1, 2, 3, 4, 12),
    "草莓": (1, 2, 3, 12),
    "马水桔": (1, 2),
    "番薯": (1, 2, 3, 10, 11, 12),
    "红薯": (1, 2, 3, 10, 11, 12),
    "生蚝": (1, 2, 10, 11, 12),
    "蚝": (1, 2, 10, 11, 12),
    "春砂仁": (7, 8, 9),
    "砂仁": (7, 8, 9),
    "芥菜": EVERY_MONTH,
}
# What is bred, kept or made has no season.
_ALL_YEAR = {"aquatic", "poultry", "grain-oil", "processed", "herb"}
