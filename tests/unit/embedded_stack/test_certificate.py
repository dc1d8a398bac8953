from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from infra.local.certificate import ensure_certificate

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_the_certificate_is_for_this_machine_only(tmp_path: Path) -> None:
    certificate, private_key, _ = ensure_certificate(tmp_path, NOW, None)
    made = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert private_key.stat().st_mode & 0o077 == 0


def test_a_certificate_is_kept_until_it_nears_its_end(tmp_path: Path) -> None:
    certificate, _, _ = ensure_certificate(tmp_path, NOW, None)
    first = certificate.read_bytes()
    ensure_certificate(tmp_path, NOW + timedelta(days=300), None)
    assert certificate.read_bytes() == first
    ensure_certificate(tmp_path, NOW + timedelta(days=340), None)
    assert certificate.read_bytes() != first


def test_what_was_trusted_before_stays_trusted(tmp_path: Path) -> None:
    company = tmp_path / "company.pem"
    company.write_text("-----BEGIN CERTIFICATE-----\ncompany\n-----END CERTIFICATE-----")
    certificate, _, bundle = ensure_certificate(tmp_path / "tls", NOW, company)
    assert bundle.read_text() == company.read_text() + "\n" + certificate.read_text()
