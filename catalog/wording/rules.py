"""What a cooperative may not say of what it sells, however it is written."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Ground(StrEnum):
    """Why something may not be said."""

    # 广告法 §17 (no medical words in advertising for anything but medicine), 食品安全法 §73 (food
    # advertising must not speak of preventing or treating disease).
    MEDICAL = "medical"
    # 广告法 §9(3): no “国家级”, “最高级”, “最佳” and their like.
    ABSOLUTE = "absolute"
    # 广告法 §9(2): nothing in the name or for the use of organs of state. 商标法 §14: no 驰名商标.
    AUTHORITY = "authority"


@dataclass(frozen=True)
class Forbidden:
    """The words that may not be said, as they were found, and why."""

    words: str
    ground: Ground


def find_forbidden(*texts: str) -> Forbidden | None:
    """The first thing in any of the texts that may not be said."""
    for text in texts:
        plain = text.translate(_SIMPLIFIED).translate(_WITHOUT_MARKS)
        said = _ALLOWED.sub("。", plain)
        for ground, pattern in _PATTERNS.items():
            found = pattern.search(said)
            if found is not None:
                return Forbidden(found[0], ground)
    return None


# Written so to slip through: traditional characters, and marks between the characters.
_SIMPLIFIED = str.maketrans(
    "療藥壓腫熱濕脈體預癥醫護養腎陽陰風氣糖國級頂純產銷質標譽",
    "疗药压肿热湿脉体预症医护养肾阳阴风气糖国级顶纯产销质标誉",
)
_BETWEEN = " \t\r\n·•.-_*|/\\~+=^`'\"“”‘’()（）[]【】"
_WITHOUT_MARKS = str.maketrans("", "", _BETWEEN)

# A word that honest farmers use as well (防治病虫害, 口中风味, 交通便利) stands here only with its
# company, or without what makes it harmless.
_MEDICAL = (
    *"疗效 治疗 治愈 治病 医治 根治 包治 防病 防治疾病 预防疾病 药到病除 妙手回春 起死回生".split(),
    *"特效药 代替药物 药用功效 药用价值 医用 处方 偏方 祖传秘方 临床 抗癌 防癌 治癌 癌症".split(),
    *"肿瘤 抗炎 消炎 消肿 止痛 镇痛 抗病毒 降血压 降压 降血糖 降糖 降血脂 降脂 降三高".split(),
    *"高血压 糖尿病 冠心病 心脑血管 预防中风 痛风 关节炎 风湿病 止咳 化痰 祛痰 平喘 哮喘".split(),
    *"咽炎 气管炎 感冒 清热解毒 排毒 祛湿 去湿 化湿 活血化瘀 通经 安胎 止泻 止呕 胃病 胃炎".split(),
    *"健脾 养胃 暖胃 护胃 健胃 理气和胃 温中散寒 解表散寒 行气止痛 润肺 清肺 宣肺 解酒".split(),
    *"补肾 壮阳 滋阴 养肝 护肝 清肝 明目 安神 失眠 便秘 润肠 利尿 减肥效果 抗衰老".split(),
    *"延缓衰老 延年益寿 长生不老 防脱发 提高免疫 增强免疫 提升免疫 改善睡眠 调节血脂".split(),
    *"调节血糖 抗疲劳 抗氧化 美容养颜".split(),
    "通便(?!利|捷|宜|民|当)",
    "理气(?!味|候|象|体|温)",
    "除湿(?!机|剂|盒|袋|器)",
    "醒酒(?!器)",
)
# Only where the goods themselves are praised so; see _ALLOWED.
_ABSOLUTE = (
    "最(?:佳|优|强|棒|甜|香|鲜(?!活)|嫩|脆|纯|高级|高端|顶级|正宗|地道|美味|先进|安全|健康)",
    "最(?:有?营养|受欢迎|畅销|便宜|低价|优惠|优质|高品质)",
    "最好(?:的|吃(?!完|掉|前|新|热)|喝(?!完|掉|前|热))",
    "(?:品质|质量|味道|口感|口味)最好",
    "(?:史上|全国|全球|全省|全网|世界|国内|中国|亚洲|广东)最",
    "(?:全国|全球|全省|全网|世界|国内|中国|广东|行业|业内|天下|同类|销量|产量|品质|质量|口感|味道|排名)"
    "第一(?!批|茬|次|时间|个|家|书记|产业|线)",
    "第一(?:品牌|名牌|大品牌)",
    "(?<![A-Za-z])(?:NO|No|no|TOP|Top|top)1(?![0-9])",
    "国家级(?!农业|示范|非物质|非遗|龙头|贫困|自然|森林|湿地|生态|水产|现代|电子|乡村|文明|扶贫|地理)",
    *"世界级 宇宙级 殿堂级 顶级 顶尖 极品 绝品 绝无仅有 独一无二 史无前例 举世无双".split(),
    *"天下无双 无与伦比 首屈一指 世界领先 全国领先 国内领先 行业领先 全国唯一 国内唯一".split(),
    "唯一(?:正宗|产地|指定)",
)
_AUTHORITY = ("特供", "中南海", "人民大会堂", "国宴用", "国家机关", "驰名商标", "国家领导人")
# Advice on how to eat and keep it, and one's own harvest compared with itself, are no boast.
# Source: 广告绝对化用语执法指南 (2023).
_ALLOWED = re.compile(
    "最佳(?:食用|赏味|品尝|饮用|保存|储存|存放|采摘|采收|风味期|时期|时间|时机)"
    "|后(?:口感|风味|味道|滋味)?最(?:佳|好吃?|甜|香|鲜|嫩|脆)"
    "|(?:时|时候|季|月|期|天|节气|这几天)最(?:佳|好吃|甜|香|鲜|嫩|脆)"
)
_PATTERNS = {
    Ground.MEDICAL: re.compile("|".join(_MEDICAL)),
    Ground.ABSOLUTE: re.compile("|".join(_ABSOLUTE)),
    Ground.AUTHORITY: re.compile("|".join(_AUTHORITY)),
}
