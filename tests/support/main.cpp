// Keeps test_support a library with one object; helpers live in headers beside this file.
