"""The demo's people: everyone signs in with the same password, and looks made up."""

from dataclasses import dataclass

PASSWORD = "cailanzi-demo"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A row of the table that ``make run`` prints."""

    role: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Enterprise:
    name: str
    type: str
    member: str
    email: str


@dataclass(frozen=True, slots=True)
class Official:
    name: str
    email: str
    level: str
    code: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Keeper:
    name: str
    email: str


# name, e-mail, phone
RESIDENTS = (
    ("演示市民甲", "resident@demo.example", "13800000001"),
    ("演示市民乙", "resident2@demo.example", "13800000002"),
    ("演示市民丙", "resident3@demo.example", "13800000003"),
    ("演示市民丁", "resident4@demo.example", "13800000004"),
    ("演示市民戊", "resident5@demo.example", "13800000005"),
)

ENTERPRISES = (
    Enterprise("珠海示例机关工会（演示）", "union", "演示工会干事", "union@demo.example"),
    Enterprise("珠海示例中心小学（演示）", "budget_unit", "演示后勤老师", "school@demo.example"),
    Enterprise("珠海示例公交公司（演示）", "state_owned", "演示食堂主管", "canteen@demo.example"),
    Enterprise("珠海示例酒楼（演示）", "private", "演示采购经理", "restaurant@demo.example"),
)

OFFICIALS = (
    Official("演示市局干部", "bureau@demo.example", "bureau", None, "bureau"),
    Official("演示茂名指挥部干部", "maoming@demo.example", "city", "440900", "headquarters"),
    Official("演示阳江指挥部干部", "yangjiang@demo.example", "city", "441700", "headquarters"),
    Official("演示高州工作组干部", "gaozhou@demo.example", "county", "440981", "working_group"),
    Official("演示茂南工作组干部", "maonan@demo.example", "county", "440902", "working_group"),
    Official("演示公馆镇干部", "gongguan@demo.example", "town", "440902101", "town_government"),
    Official("演示公馆工作队员", "team@demo.example", "town", "440902101", "town_team"),
)

# Who works for the cooperative of 公馆镇 beside its manager.
MEMBERS = (
    ("演示备货员", "picker@demo.example", "picker"),
    ("演示合作社会计", "accountant@demo.example", "accountant"),
)
# Who manages the cooperative that was suspended.
SUSPENDED = "suspended@demo.example"
# One proposes, another confirms.
FINANCE = (("演示财务", "finance@demo.example"), ("演示出纳", "finance2@demo.example"))
KEEPERS = (
    Keeper("演示便利店店主", "pickup@demo.example"),
    Keeper("演示码头管理员", "island@demo.example"),
)
ADMINISTRATOR = ("演示管理员", "admin@demo.example")

# Who signs in with a code beside the password.
WITH_CODES = frozenset(
    (*(each.email for each in OFFICIALS), *(email for _, email in FINANCE), ADMINISTRATOR[1])
)

SIGN_INS = (
    SignIn("市民 resident", "resident@demo.example"),
    SignIn("单位 enterprise （工会 union)", "union@demo.example"),
    SignIn("合作社 cooperative （公馆镇）", "coop@demo.example"),
    SignIn("合作社 cooperative （证照快到期 expiring licence）", "coop2@demo.example"),
    SignIn("合作社 cooperative （已暂停 suspended）", SUSPENDED),
    SignIn("合作社申请人 applying to join （填写中）", "apply@demo.example"),
    SignIn("合作社申请人 applying to join （被退回）", "returned@demo.example"),
    SignIn("合作社备货员 picker （公馆镇）", "picker@demo.example"),
    SignIn("合作社会计 accountant （公馆镇）", "accountant@demo.example"),
    SignIn("市局 official, bureau", "bureau@demo.example"),
    SignIn("驻市指挥部 official, city （茂名）", "maoming@demo.example"),
    SignIn("工作组 official, county （高州）", "gaozhou@demo.example"),
    SignIn("工作组 official, county （茂南，审核公馆镇 reviews Gongguan）", "maonan@demo.example"),
    SignIn("镇政府 official, town government （公馆镇）", "gongguan@demo.example"),
    SignIn("驻镇工作队 official, town team （公馆镇）", "team@demo.example"),
    SignIn("自提点 keeper of a pick-up point （拱北）", "pickup@demo.example"),
    SignIn("自提点 keeper of a pick-up point （桂山岛）", "island@demo.example"),
    SignIn("财务 finance", "finance@demo.example"),
    SignIn("财务 finance （第二人 who confirms）", "finance2@demo.example"),
    SignIn("管理员 administrator", "admin@demo.example"),
)
