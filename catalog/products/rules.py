"""Prices by weight, volume or piece, seasons, and what may not be claimed."""

from datetime import date

from flask_babel import gettext

from catalog.products.models import Measure
from shop.money import GRAMS_PER_JIN, divide, yuan

MILLILITRES_PER_LITRE = 1000
MONTHS = 12
# A season that lasts longer is no news.
MOST_WEEKS_TOLD = 8


def unit_price_fen(price_fen: int, measure: Measure, amount: int) -> int:
    """The price in fen of one 斤, litre or piece, rounded once.

    Source: 明码标价 asks that the unit price agree with the net weight.
    """
    per = {
        Measure.WEIGHT: GRAMS_PER_JIN,
        Measure.VOLUME: MILLILITRES_PER_LITRE,
        Measure.PIECE: 1,
    }[measure]
    return divide(price_fen * per, amount)


def unit_price_text(price_fen: int, measure: Measure, amount: int, unit: str) -> str:
    """The unit price as it stands beside the price: ``15.00 元/斤``."""
    price = yuan(unit_price_fen(price_fen, measure, amount))
    if measure is Measure.WEIGHT:
        return str(gettext("%(price)s 元/斤", price=price))
    if measure is Measure.VOLUME:
        return str(gettext("%(price)s 元/升", price=price))
    return str(gettext("%(price)s 元/%(unit)s", price=price, unit=unit))


def season_mask(months: list[int]) -> int:
    """Months from 1 to 12 as bits, January lowest."""
    return sum(1 << (month - 1) for month in set(months))


def months_of(mask: int) -> list[int]:
    """The months from 1 to 12 that a season mask holds."""
    return [month for month in range(1, MONTHS + 1) if in_season(mask, month)]


def in_season(mask: int, month: int) -> bool:
    return bool(mask >> (month - 1) & 1)


def months_left(mask: int, month: int) -> int:
    """How many months a season goes on, the given one included; 0 when out of season."""
    left = 0
    while left < MONTHS and in_season(mask, (month - 1 + left) % MONTHS + 1):
        left += 1
    return left


# What only a medicine may promise. Source: 广告法 §17 (no medical words in advertising for anything
# but medicine), 食品安全法 §73 (food advertising must not speak of preventing or treating disease).
# A word that honest farmers use as well (防治病虫害, 口中风味) stands here only with its company.
FORBIDDEN_CLAIMS = tuple(
    "疗效 治疗 治愈 治病 医治 根治 包治 防病 防治疾病 预防疾病 药到病除 妙手回春 起死回生 特效药 "
    "代替药物 药用功效 医用 处方 偏方 祖传秘方 临床 抗癌 防癌 治癌 癌症 肿瘤 抗炎 消炎 消肿 止痛 "
    "镇痛 抗病毒 降血压 降压 降血糖 降糖 降血脂 降脂 降三高 高血压 糖尿病 冠心病 心脑血管 预防中风 "
    "痛风 关节炎 风湿病 止咳 化痰 祛痰 平喘 哮喘 咽炎 气管炎 感冒 清热解毒 排毒 祛湿 活血化瘀 通经 "
    "安胎 止泻 止呕 胃病 胃炎 补肾 壮阳 滋阴 养肝 护肝 清肝 明目 安神 失眠 减肥效果 抗衰老 "
    "延缓衰老 延年益寿 长生不老 防脱发 提高免疫 增强免疫 提升免疫 改善睡眠 调节血脂 "
    "调节血糖".split()
)
# Written so to slip through: traditional characters, and marks between the characters.
_SIMPLIFIED = str.maketrans(
    "療藥壓腫熱濕脈體預癥醫護養腎陽陰風氣糖", "疗药压肿热湿脉体预症医护养肾阳阴风气糖"
)
_BETWEEN = " \t\r\n·•.-_*|/\\~+=^`'\"“”‘’()（）[]【】"
_WITHOUT_MARKS = str.maketrans("", "", _BETWEEN)


def find_forbidden_claim(*texts: str) -> str | None:
    """The first medical claim in any of the texts, as it stands in the list."""
    for text in texts:
        plain = text.translate(_SIMPLIFIED).translate(_WITHOUT_MARKS)
        for claim in FORBIDDEN_CLAIMS:
            if claim in plain:
                return claim
    return None


def days_left(mask: int, today: date) -> int:
    """How many days a season goes on, today included; 0 when out of season or without an end."""
    months = months_left(mask, today.month)
    if months in (0, MONTHS):
        return 0
    end = today.month - 1 + months
    first_day_after = date(today.year + end // MONTHS, end % MONTHS + 1, 1)
    return (first_day_after - today).days


def weeks_left(mask: int, today: date) -> int:
    """The same in weeks, rounded up, as long as it is near: 0 beyond eight weeks."""
    weeks = -(-days_left(mask, today) // 7)
    return weeks if weeks <= MOST_WEEKS_TOLD else 0
