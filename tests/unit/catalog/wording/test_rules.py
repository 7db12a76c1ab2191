"""What may not be said of produce, and what honest farmers may go on saying."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.wording.rules import Ground, find_forbidden


@pytest.mark.parametrize(
    "text",
    [
        "化橘红止咳化痰",
        "能降 血 压",
        "療效很好",
        "抗·癌",
        "包治百病",
        "春砂仁，安胎",
        "增强免疫力",
        "春砂仁健脾养胃",
        "化橘红泡水，理气解酒",
        "常吃通便，润肠",
        "去湿\n佳品",
        "清肺润肺都靠它",
    ],
)
def test_medical_claims_are_found_however_they_are_written(text):
    found = find_forbidden("好吃", text)
    assert found is not None
    assert found.ground is Ground.MEDICAL


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("高州最好吃的荔枝", "最好吃"),
        ("全国最甜", "全国最"),
        ("品质最好的砂仁", "品质最好"),
        ("国家级品质", "国家级"),
        ("國家級水果", "国家级"),
        ("销量第一", "销量第一"),
        ("全村第一品牌", "第一品牌"),
        ("橘红 No.1", "No1"),
        ("顶级荔枝", "顶级"),
        ("最 佳 口 感", "最佳"),
        ("最正宗的阳江豆豉", "最正宗"),
        ("最高级的包装", "最高级"),
        ("独一无二的味道", "独一无二"),
        ("最优质产区", "最优"),
    ],
)
def test_absolute_words_are_found_with_the_words_themselves(text, words):
    found = find_forbidden(text)
    assert found is not None
    assert (found.words, found.ground) == (words, Ground.ABSOLUTE)


@pytest.mark.parametrize("text", ["机关特供", "中南海同款", "驰名商标"])
def test_nobody_borrows_the_states_name(text):
    found = find_forbidden(text)
    assert found is not None
    assert found.ground is Ground.AUTHORITY


@pytest.mark.parametrize(
    "text",
    [
        "病虫害防治用生物办法，口中风味足，三高农业示范田，生长生态好，打包好再发货",
        "煲汤、炖鸡都香。清甜爽口，皮薄肉厚，当天采摘。",
        "高温杀菌，真空包装，吊水瘦身鱼",
        "最近采摘，最后一批，最少两箱起，最多存三天，最晚周五发货",
        "最好在三天内吃完，最好冷藏，最好吃完再开下一袋",
        "最佳食用期：收到后五天内。冷藏后口感最佳，霜降后最甜，这时候最鲜",
        "第一茬芥菜，今年第一批荔枝，第一时间发货，驻村第一书记推荐",
        "村口交通便利，料理气味香，进行气调保鲜，随箱附除湿剂，配醒酒器",
        "国家级农业龙头企业，国家级非物质文化遗产，国家级示范社",
        "全国第一批绿色食品原料基地，一级果，A1 果，No.12 大棚",
        "最大的约三斤，最小的二斤",
    ],
)
def test_honest_words_are_left_alone(text):
    assert find_forbidden(text) is None


@given(st.text())
def test_any_text_can_be_read(text):
    found = find_forbidden(text)
    assert found is None or found.words


@given(st.sampled_from(["最佳", "国家级", "止咳"]), st.text(alphabet=" ·-_*【】", max_size=3))
def test_marks_between_the_characters_hide_nothing(words, marks):
    assert find_forbidden(marks.join(words)) is not None
