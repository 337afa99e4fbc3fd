"""What other programs call our keys and types: people write what they know."""

KEYS = {
    "interval": "every", "refresh": "every", "schedule": "every", "poll": "every", "frequency": "every",
    "selector": "select", "css": "select", "keywords": "query", "keyword": "query", "match": "query", "filter": "query",
    "pattern": "query", "enabled": "paused", "disabled": "paused", "disable": "paused", "user_agent": "contact",
    "retention": "keep", "feed": "url", "address": "url", "link": "url", "webhook": "url", "tag": "tags", "level": "severity",
}  # fmt: skip
TYPES = {
    "rss": "feed", "atom": "feed", "rdf": "feed", "xml": "feed", "json": "json_feed", "html": "page", "web": "page",
    "css": "page", "sitemap": "news_sitemap", "stream": "sse", "smtp": "email", "mail": "email", "http": "webhook",
    "console": "terminal", "stdout": "terminal", "exec": "command", "script": "command",
}  # fmt: skip
