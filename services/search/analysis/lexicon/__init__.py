"""Words of one language in the other.

choices     what a lexicon says: alternatives, of which the best that is found counts
cedict      CC-CEDICT, when the optional package that carries it is installed
parallel    what our own documents teach, having titles and names in both languages
translate   the words of a question as choices in the other language
"""
