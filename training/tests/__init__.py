"""Tests of the recipe: `python -m unittest discover -s training/tests -t .`"""
