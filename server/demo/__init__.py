"""The demo association: invented people, made by Python devices that push real sealed ops to the real application."""
