"""Language work, above the engines: text in, tokens out. Pure functions; nothing here knows of an index.

normalise   one spelling for what looks the same: Unicode compatibility forms, widths, control characters
simplify    traditional Chinese characters to simplified ones
tokens      English stems, Chinese words, Chinese bigrams
question    what a person typed: words, "phrases", -exclusions
highlight   the places in the original text where a question's tokens are
"""
