"""Text in, checked policy out.

The first form, *syntax*, is what was written: it has spans, and has lost only layout. The second,
*checked*, has gained what each name is and has lost defines and the words of quantifiers.
"""
