"""Saved searches: who wants to hear of new documents, and what they are told.

percolator   which saved searches find a document; above the engines, on the tokens that both of them get
saving       commands and queries of their owners
finding      new documents become notices, each once
storage      saved searches and notices in the document store
"""
