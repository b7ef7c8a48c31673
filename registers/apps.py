from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "registers"
    verbose_name = "Registers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from credentials.admin import sections
        from registers.admin import parties
        from staff.sections import Section

        template = "registers/standing.html"
        sections.PARTY.register(Section(template, parties.of_party))
        sections.CONNECTION.register(Section(template, parties.of_connection))
