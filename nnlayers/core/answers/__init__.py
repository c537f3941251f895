"""What errors answer to names, arguments and attributes that are not there, such as those of Keras."""
