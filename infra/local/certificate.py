"""The certificate of the embedded Redshift, because the driver's IAM login is refused without verified TLS."""

import ipaddress
from datetime import datetime, timedelta
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_VALID = timedelta(days=365)
_RENEWED_BEFORE_END = timedelta(days=30)


def ensure_certificate(folder: Path, now: datetime, trusted: Path | None) -> tuple[Path, Path, Path]:
    """Makes, or keeps, a certificate for ``localhost`` that only this checkout trusts.

    Args:
        folder: where the files are kept.
        now: an aware instant; a certificate within 30 days of its end is made anew.
        trusted: the bundle of authorities the process trusted so far; those of ``certifi`` where None.

    Returns:
        The certificate, its private key, and a bundle of the trusted authorities together with this one: one process may speak to
        the embedded Redshift and to the real API.
    """
    certificate, private_key, bundle = folder / "certificate.pem", folder / "private_key.pem", folder / "trusted.pem"
    if not (certificate.exists() and private_key.exists() and _end(certificate) - now > _RENEWED_BEFORE_END):
        folder.mkdir(parents=True, exist_ok=True)
        _make(certificate, private_key, now)
    others = (trusted or Path(certifi.where())).read_text()
    bundle.write_text(others.rstrip() + "\n" + certificate.read_text())
    return certificate, private_key, bundle


def _end(certificate: Path) -> datetime:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def _make(certificate: Path, private_key: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tickerhouse embedded Redshift")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private_key.touch(mode=0o600)
    private_key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
