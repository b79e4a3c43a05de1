"""Replenishing: shelves are judged by what lies on them and what was sold from them, and seasons are prepared."""
