"""Why a cooperative can't list something as it is."""

from datetime import datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from catalog.products.models import MOST_TIERS, ChangeKind, Prices, Variant
from catalog.wording.rules import Forbidden, Ground
from shop import clock, money
from shop.errors import Conflict, DomainError, NotAllowed


class MayNotSell(NotAllowed):
    code = "may_not_sell"
    message = _l("合作社审核通过后才能上架商品。")


class Suspended(MayNotSell):
    code = "suspended"
    message = _l("合作社目前暂停供货，不能上架或修改商品。如有疑问，请联系驻镇工作队。")


class Leaves(MayNotSell):
    code = "cooperative_leaves"
    message = _l("合作社正在退出，不能上架或修改商品。要继续供货，请先撤回退出申请。")


class TownNotAssisted(MayNotSell):
    code = "town_not_assisted"
    message = _l("合作社所在的镇目前不在重点帮扶镇名单里，不能上架或修改商品。")


class ForbiddenClaim(DomainError):
    """The text says of the goods what the law lets nobody say."""

    code = "forbidden_claim"

    def __init__(self, forbidden: Forbidden) -> None:
        self.forbidden = forbidden
        super().__init__(_REASONS[forbidden.ground](forbidden.words))


_REASONS = {
    Ground.MEDICAL: lambda words: _l(
        "“%(words)s”像是在说能防病治病。《广告法》第十七条、《食品安全法》第七十三条不允许农产品和"
        "食品这样宣传，请改掉后再保存。可以写怎么种、怎么采、怎么吃。",
        words=words,
    ),
    Ground.ABSOLUTE: lambda words: _l(
        "“%(words)s”是绝对化的说法。《广告法》第九条不允许“国家级”“最高级”“最佳”这一类用语，请"
        "改成看得到的事实，例如“当天采摘”“皮薄核小”。",
        words=words,
    ),
    Ground.AUTHORITY: lambda words: _l(
        "“%(words)s”像是借国家机关或荣誉来宣传，《广告法》第九条、《商标法》第十四条不允许，请改掉"
        "后再保存。",
        words=words,
    ),
}


class CategoryClosed(DomainError):
    code = "category_closed"
    message = _l("这个类别已经停用，请选择别的类别。")


class LastVariant(Conflict):
    code = "last_variant"
    message = _l("商品至少要有一种规格在售。如果不想再卖，请把整个商品下架。")


class BelowPromised(Conflict):
    """More was sold in advance already than is to be."""

    code = "below_promised"

    def __init__(self, promised: int) -> None:
        self.promised = promised
        super().__init__(_l("已经预售了 %(promised)s，预售上限不能比这更少。", promised=promised))


class TiersDontFit(DomainError):
    """More units would not cost less each than fewer."""

    code = "tiers_dont_fit"

    def __init__(self, prices: Prices, position: int) -> None:
        self.position = position
        if position >= MOST_TIERS:
            super().__init__(_l("阶梯价最多 %(most)s 档。", most=MOST_TIERS))
            return
        before = prices.tiers[position - 1].unit_price_fen if position else prices.price_fen
        super().__init__(
            _l(
                "满 %(quantity)s 的阶梯价是 %(price)s 元，要比买得少时的 %(before)s 元低，起的数量"
                "也要一档比一档多。请把价格和阶梯价一起改。",
                quantity=prices.tiers[position].from_quantity,
                price=money.yuan(prices.tiers[position].unit_price_fen),
                before=money.yuan(before),
            )
        )


class Changed(Conflict):
    """Somebody changed the variant after it was seen: nothing is overwritten unseen."""

    code = "changed"

    def __init__(self, variant: Variant, kind: ChangeKind, who: str | None, at: datetime) -> None:
        what = _price_now(variant) if kind is ChangeKind.PRICE else _what_now(variant, kind)
        super().__init__(
            _l(
                "%(who)s在 %(when)s %(what)s您的改动没有保存，请看过再改。",
                who=who or _l("系统"),
                when=f"{clock.local(at):%m-%d %H:%M}",
                what=what,
            )
        )


def _price_now(variant: Variant) -> LazyString:
    return _l("改过价格，现在是 %(price)s 元。", price=money.yuan(variant.price_fen))


def _what_now(variant: Variant, kind: ChangeKind) -> LazyString:
    if kind is ChangeKind.EDIT:
        return _l(
            "改过规格，现在是%(spec)s，%(price)s 元。",
            spec=variant.spec,
            price=money.yuan(variant.price_fen),
        )
    return _l("改过库存，现在可售 %(count)s %(unit)s。", count=variant.unheld, unit=variant.unit)


class NotAPicture(DomainError):
    """The file is none of the kinds of picture that we read, or it is damaged."""

    code = "not_a_picture"
    message = _l("这个文件不是能识别的图片，或者已经损坏。请上传 JPG、PNG、WebP 或 GIF 图片。")


class PictureTooLarge(NotAPicture):
    code = "picture_too_large"
    message = _l("图片的像素太多了（JPG 最多 5000 万，其他格式最多 1600 万），请换一张小一些的。")


class PictureTooSmall(NotAPicture):
    code = "picture_too_small"
    message = _l("图片太小，会看不清。请换一张长和宽都不少于 100 像素的。")
