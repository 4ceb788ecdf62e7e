"""The few words rendering itself adds to a text, in the languages of the service."""

from collections.abc import Mapping

BLOCKS = ("do", "dont", "note", "warning", "rule", "checklist", "example", "sixty-seconds", "tree", "quiz")

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "do": "Do",
        "dont": "Don't",
        "note": "Note",
        "warning": "Warning",
        "rule": "Rule",
        "checklist": "Checklist",
        "example": "Example",
        "sixty-seconds": "In one minute",
        "tree": "Decision tree",
        "quiz": "Question",
        "section": "Link to this section: {title}",
        "notes": "Notes",
        "back": "Back to the text",
        "done": "Done",
        "held": "Passage held back",
        "held-from": "Held back from here",
        "held-until": "Held back up to here",
    },
    "fr": {
        "do": "À faire",
        "dont": "À ne pas faire",
        "note": "Note",
        "warning": "Attention",
        "rule": "Règle",
        "checklist": "Liste de contrôle",
        "example": "Exemple",
        "sixty-seconds": "En une minute",
        "tree": "Arbre de décision",
        "quiz": "Question",
        "section": "Lien vers cette section : {title}",
        "notes": "Notes",
        "back": "Retour au texte",
        "done": "Fait",
        "held": "Passage réservé",
        "held-from": "Réservé à partir d’ici",
        "held-until": "Réservé jusqu’ici",
    },
    "es": {
        "do": "Qué hacer",
        "dont": "Qué no hacer",
        "note": "Nota",
        "warning": "Atención",
        "rule": "Regla",
        "checklist": "Lista de verificación",
        "example": "Ejemplo",
        "sixty-seconds": "En un minuto",
        "tree": "Árbol de decisiones",
        "quiz": "Pregunta",
        "section": "Enlace a esta sección: {title}",
        "notes": "Notas",
        "back": "Volver al texto",
        "done": "Hecho",
        "held": "Pasaje reservado",
        "held-from": "Reservado desde aquí",
        "held-until": "Reservado hasta aquí",
    },
    "ar": {
        "do": "افعل",
        "dont": "لا تفعل",
        "note": "ملاحظة",
        "warning": "تنبيه",
        "rule": "قاعدة",
        "checklist": "قائمة تحقق",
        "example": "مثال",
        "sixty-seconds": "في دقيقة واحدة",
        "tree": "شجرة القرار",
        "quiz": "سؤال",
        "section": "رابط إلى هذا القسم: {title}",
        "notes": "الحواشي",
        "back": "العودة إلى النص",
        "done": "تم",
        "held": "مقطع محجوب",
        "held-from": "محجوب من هنا",
        "held-until": "محجوب إلى هنا",
    },
}


def words_in(lang: str) -> Mapping[str, str]:
    """The words for a language tag such as `fr` or `fr-CH`; English where we have none."""
    return _WORDS.get(lang.replace("_", "-").split("-")[0].lower(), _WORDS["en"])
