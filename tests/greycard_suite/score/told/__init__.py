"""How a score is told: findings, the first screen, JSON, Markdown, and the form of Stryker."""
