"""The faces of the API: one function a kind of caller, cut from the same blueprints.

Each names its routes and what they need to be told; nothing else stands here. A face imports what its routes import, and
its role, memory and time are a line of `infra/functions.py`. `app.py` puts all of them together, for a shop that runs in
one process and for the template.
"""
