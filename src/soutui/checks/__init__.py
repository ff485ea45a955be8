"""What is wrong or risky in the data: one check a file, each with a code, a meaning and advice in both languages."""
