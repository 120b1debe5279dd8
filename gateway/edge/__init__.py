"""The outermost layer: answers that are the same for all are kept, encoded, and given without asking anybody.

`rules` says what may be kept and what drops it, `cache` keeps it, `edge` stands around the application, and
`connection` answers from memory before a request has become one.
"""
