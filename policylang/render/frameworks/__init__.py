"""The published frameworks as text, Markdown, JSON and one page of HTML."""
