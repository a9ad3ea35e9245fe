"""The questions about a request: one class a group, page by page for a carer, all together for a coordinator."""
