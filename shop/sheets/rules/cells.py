"""What cells of a sheet say, whatever the sheet is about."""

import re

# What a person sees of an empty cell.
NOTHING = {"", "-", "--", "—", "/", "无"}
# What a formula leaves behind that could not be reckoned.
ERROR = re.compile(r"#(?:N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!)")
