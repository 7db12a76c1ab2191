"""What the codes in the audit log are called on a screen."""

from flask_babel import lazy_gettext as _l

_ACTS = {
    "appoint_administrator": _l("任命首位管理员"),
    "accept_invitation": _l("接受邀请"),
    "admit_cooperative": _l("准入合作社"),
    "cancel_order": _l("取消订单"),
    "cancel_units": _l("取消未发货的商品"),
    "category.add": _l("新建分类"),
    "category.change": _l("修改分类"),
    "designate": _l("认定帮扶镇"),
    "discard_message": _l("放弃消息"),
    "dispatch": _l("发货"),
    "drop_freight": _l("取消单独运费"),
    "end_appointment": _l("结束任职"),
    "end_designation": _l("结束认定"),
    "export_detail": _l("导出明细台账"),
    "export_summary": _l("导出汇总表"),
    "invite": _l("邀请"),
    "issue_invoice": _l("登记发票"),
    "product.create": _l("新建商品"),
    "product.delist": _l("下架商品"),
    "product.edit": _l("修改商品"),
    "product.relist": _l("重新上架"),
    "publish_policy": _l("发布条款"),
    "reject_invoice": _l("不开发票"),
    "register_cooperative": _l("登记合作社"),
    "reinstate_cooperative": _l("恢复合作社"),
    "reverse_invoice": _l("发票冲红"),
    "revise_cooperative": _l("修改合作社资料"),
    "replay_message": _l("重发消息"),
    "replay_messages": _l("重发一类消息"),
    "send_invoice": _l("发送发票"),
    "send_refund_again": _l("重发退款"),
    "set_freight": _l("设定运费"),
    "set_target": _l("设定年度目标"),
    "settle_suspense": _l("处理待核对款项"),
    "suspend_cooperative": _l("暂停合作社"),
    "variant.add": _l("增加规格"),
    "variant.edit": _l("修改规格"),
    "variant.withdraw": _l("撤下规格"),
    "withdraw_invoice": _l("撤回发票申请"),
    "withdraw_invitation": _l("收回邀请"),
    "upload_statement": _l("上传银行流水"),
    "import_statement": _l("导入银行流水"),
    "return_statement": _l("退回银行流水"),
    "match_receipt": _l("自动核销收款"),
    "propose_match": _l("提议核销收款"),
    "propose_return": _l("提议退回收款"),
    "confirm_match": _l("确认核销"),
    "reject_match": _l("驳回核销"),
    "enter_payout": _l("登记付出"),
    "confirm_payout": _l("确认付出"),
    "reject_payout": _l("驳回付出"),
}
_SUBJECTS = {
    "account": _l("账户"),
    "appointment": _l("任职"),
    "category": _l("分类"),
    "freight_tariff": _l("运费"),
    "invitation": _l("邀请"),
    "invoice": _l("发票"),
    "message": _l("发出的消息"),
    "order": _l("订单"),
    "organisation": _l("单位"),
    "policy_text": _l("条款"),
    "product": _l("商品"),
    "refund": _l("退款"),
    "sales_ledger": _l("销售台账"),
    "sub_order": _l("子订单"),
    "suspense": _l("待核对款项"),
    "bank_statement": _l("银行流水"),
    "receipt_match": _l("收款核销"),
    "payout": _l("付出"),
    "town": _l("镇"),
}


def act_name(code: str) -> str:
    """What an act is called; one that has no name yet shows its code."""
    return str(_ACTS.get(code, code))


def subject_name(code: str) -> str:
    """What a kind of thing is called; one that has no name yet shows its code."""
    return str(_SUBJECTS.get(code, code))
