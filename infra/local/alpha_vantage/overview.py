"""OVERVIEW: a flat object of strings, in the key order recorded in 2026; keys come and go over the years."""

from datetime import date, timedelta

from infra.local.alpha_vantage.adjustment import dividends_of
from infra.local.alpha_vantage.exchange_calendar import Moment
from infra.local.alpha_vantage.listings import Listing
from infra.local.alpha_vantage.synthetic import UNIT, bars_at

_SESSIONS_A_YEAR = 252
_FIGURES = {
    "EBITDA": 0.12,
    "RevenueTTM": 0.4,
    "GrossProfitTTM": 0.2,
}


def overview(listing: Listing, moment: Moment) -> dict[str, str]:
    """The overview of a company at a moment; every figure follows from its price and volume."""
    bars = bars_at(listing, moment)
    price = float(bars.close[-1]) / UNIT if len(bars) else listing.price
    shares = listing.volume * 150
    earnings = round(price / 20, 2)
    figures = {name: str(round(round(price * shares) * share)) for name, share in _FIGURES.items()}
    return {
        **_company(listing, moment.new_york.date()),
        **_worth(listing, price, round(price * shares), earnings, figures),
        **_ratios(price, earnings, figures),
        **_trading(listing, moment, price, shares),
    }


def _company(listing: Listing, today: date) -> dict[str, str]:
    return {
        "Symbol": listing.symbol,
        "AssetType": "Common Stock",
        "Name": listing.name,
        "Description": f"{listing.name} exists in the stand-in of the Alpha Vantage API only; its figures mean nothing.",
        "CIK": str(1_000_000 + listing.volume % 900_000),
        "Exchange": listing.exchange,
        "Currency": "USD",
        "Country": "USA",
        "Sector": listing.sector or "None",
        "Industry": listing.industry or "None",
        "Address": "1 SYNTHETIC STREET, NEW YORK, NY, UNITED STATES, 10001",
        "OfficialSite": "https://example.com",
        "FiscalYearEnd": "December",
        "LatestQuarter": _quarter_end_before(today).isoformat(),
    }


def _worth(listing: Listing, price: float, capital: int, earnings: float, figures: dict[str, str]) -> dict[str, str]:
    return {
        "MarketCapitalization": str(capital),
        "EBITDA": figures["EBITDA"],
        "PERatio": f"{price / earnings:.2f}" if earnings else "None",
        "PEGRatio": "2.152",
        "BookValue": f"{price / 4:.2f}",
        "DividendPerShare": f"{listing.dividend:g}" if listing.dividend else "None",
        "DividendYield": f"{listing.dividend / price:.4f}" if listing.dividend else "None",
        "EPS": f"{earnings:g}",
        "RevenuePerShareTTM": f"{0.4 * price:.2f}",
    }


def _ratios(price: float, earnings: float, figures: dict[str, str]) -> dict[str, str]:
    return {
        "ProfitMargin": "0.156",
        "OperatingMarginTTM": "0.138",
        "ReturnOnAssetsTTM": "0.0537",
        "ReturnOnEquityTTM": "0.358",
        "RevenueTTM": figures["RevenueTTM"],
        "GrossProfitTTM": figures["GrossProfitTTM"],
        "DilutedEPSTTM": f"{earnings:g}",
        "QuarterlyEarningsGrowthYOY": "0.142",
        "QuarterlyRevenueGrowthYOY": "0.095",
        "AnalystTargetPrice": f"{1.1 * price:.2f}",
        "AnalystRatingStrongBuy": "1",
        "AnalystRatingBuy": "10",
        "AnalystRatingHold": "9",
        "AnalystRatingSell": "0",
        "AnalystRatingStrongSell": "1",
        "TrailingPE": f"{price / earnings:.2f}" if earnings else "-",
        "ForwardPE": "18.62",
        "PriceToSalesRatioTTM": "2.5",
        "PriceToBookRatio": "4.0",
        "EVToRevenue": "3.976",
        "EVToEBITDA": "15.54",
        "Beta": "0.581",
    }


def _trading(listing: Listing, moment: Moment, price: float, shares: int) -> dict[str, str]:
    bars = bars_at(listing, moment)
    close, year = bars.close / UNIT, bars.last(_SESSIONS_A_YEAR)
    paid = [dividend for dividend in dividends_of(listing) if dividend.declared <= moment.new_york.date()]
    return {
        "52WeekHigh": f"{max(year.high.tolist(), default=0) / UNIT:g}",
        "52WeekLow": f"{min(year.low.tolist(), default=0) / UNIT:g}",
        "50DayMovingAverage": f"{close[-50:].mean() if len(bars) else price:.2f}",
        "200DayMovingAverage": f"{close[-200:].mean() if len(bars) else price:.2f}",
        "SharesOutstanding": str(shares),
        "SharesFloat": str(round(shares * 0.998)),
        "PercentInsiders": "0.117",
        "PercentInstitutions": "65.315",
        "DividendDate": paid[-1].paid.isoformat() if paid and paid[-1].paid else "None",
        "ExDividendDate": paid[-1].ex_date.isoformat() if paid else "None",
    }


def _quarter_end_before(day: date) -> date:
    return date(day.year, day.month - (day.month - 1) % 3, 1) - timedelta(days=1)
