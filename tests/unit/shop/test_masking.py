"""What is shown to those who may not see the whole."""

from shop.masking import mask_account, mask_name, mask_number


def test_a_mask_leaves_little() -> None:
    assert mask_name("何水生") == "何**"
    assert mask_number("13800001234") == "**** 1234"
    assert mask_account("4567") == "**** **** 4567"
