"""Tools that look after the project and are no part of it."""
