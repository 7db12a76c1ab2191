"""The files of invoices: brought by who writes the number down, fetched by those it concerns."""

from contextlib import closing

from flask import Blueprint, Response, current_app, flash, send_from_directory
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from orders.invoices.errors import FileTooLarge, NotAnInvoiceFile, OtherInvoice
from orders.invoices.forms import FileForm
from orders.invoices.gateways.document_file import MOST_BYTES, files_folder, kind_of
from orders.invoices.models import Invoice
from orders.invoices.queries import get_file, get_invoice
from orders.invoices.services.files import add_file
from orders.invoices.views.desk import back_to, page_of, reader
from shop import clock
from shop.db import transaction
from shop.uploads import keep
from shop.web.audience import Role, allow, shows

blueprint = Blueprint("invoice_files", __name__)

# Nothing that a browser would open by itself.
_TYPE = "application/octet-stream"


@blueprint.post("/invoices/<int:invoice_id>/files")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.ACCOUNTANT, Role.FINANCE)
def create(invoice_id: int) -> Answer | tuple[str, int]:
    invoice = get_invoice(reader(), invoice_id)
    form = FileForm(invoice.documents)
    if not form.validate_on_submit() or not _keep(form, invoice):
        return page_of(get_invoice(reader(), invoice_id), filing=form), 422
    flash(gettext("文件已保存，买家可以下载了。"), "success")
    return back_to(invoice_id)


@blueprint.get("/invoices/files/<int:file_id>")
@allow(Role.BUYER, Role.DELEGATE)
@shows("file", "invoice_file", "file_id")
def show(file_id: int) -> Response:
    invoices = current_user.manages or Role.ACCOUNTANT in current_user.roles
    seller = current_user.cooperative if invoices else None
    file = get_file(
        file_id,
        current_user.id,
        seller.id if seller else None,
        sees_all=Role.FINANCE in current_user.roles,
    )
    return send_from_directory(
        files_folder(current_app.config["SETTINGS"]),
        f"{file.sha256}.{file.kind}",
        mimetype=_TYPE,
        as_attachment=True,
        download_name=f"{file.document.number}.{file.kind}",
    )


def _keep(form: FileForm, invoice: Invoice) -> bool:
    """Whether the file is one of the document's; what is wrong is said beside the field."""
    document = next(each for each in invoice.documents if each.id == form.document.data)
    with closing(form.file.data) as upload:
        content = upload.read(MOST_BYTES + 1)
    try:
        kind = kind_of(content, document.number)
    except (FileTooLarge, NotAnInvoiceFile, OtherInvoice) as error:
        form.file.errors = [str(error)]
        return False
    folder = files_folder(current_app.config["SETTINGS"])
    sha256 = keep(content, folder, f".{kind}")
    by, invoice_id, document_id = current_user.id, invoice.id, document.id
    with transaction():
        add_file(invoice_id, document_id, kind, sha256, len(content), by=by, at=clock.now())
    return True
