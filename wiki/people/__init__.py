"""Persons, groups, memberships, roles, and how a person proves to be one."""
