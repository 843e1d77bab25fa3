"""What the engines of a child are asked and answer: recorded, read, and put into a form that two runs share."""
