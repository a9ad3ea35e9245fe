// Every page works without this; these only save a few taps.
import { startCopying } from "./copying.js";
import { focusErrorSummary } from "./error_summary.js";
import { keepTyped } from "./keep_typed.js";
import { startOpenedBy } from "./opened_by.js";
import { startSelectAll } from "./select_all.js";
import { startWeekGrids } from "./week_grid.js";

focusErrorSummary(document);
startCopying(document);
startSelectAll(document);
startWeekGrids(document);
startOpenedBy(document);
keepTyped(document);
