"""What any table of it may say: values are checked, and what is wrong is told with its place."""
