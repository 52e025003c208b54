"""Values that one schema allows and another does not.

`Search` looks for such a value, a witness. It divides what a value must and must not satisfy into cases,
builds a value for each case, and examines it. If no case allows a value, there is no witness, and one schema
includes the other.
"""
