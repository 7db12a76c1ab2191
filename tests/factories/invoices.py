"""Files of invoices as the tax system gives them out: the least that is one."""

import zipfile
from io import BytesIO

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
_ENTRY = '<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>'


def an_ofd(entry: str = _ENTRY, name: str = "OFD.xml", padding: int = 0) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr(name, entry)
        if padding:
            container.writestr("Doc_0/Document.xml", b"\0" * padding)
    return file.getvalue()


def an_xml(number: str, head: str = "") -> bytes:
    text = f"<EInvoice><Header><EIid>{number}</EIid></Header></EInvoice>"
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}{text}'.encode()
