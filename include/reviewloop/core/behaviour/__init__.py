"""Behaviour tests of a model: CheckList's three kinds, and flip tests on people.

Ribeiro, Wu, Guestrin and Singh, Beyond Accuracy: Behavioral Testing of NLP Models with CheckList, ACL 2020.
"""
