"""Why a decision is as it is: a tree that can be checked, and the same in words."""
