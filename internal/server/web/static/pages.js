// What the pages do with a script beside htmx. Without it they work the same.
"use strict";
